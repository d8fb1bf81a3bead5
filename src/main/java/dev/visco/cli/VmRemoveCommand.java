package dev.visco.cli;

import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco rm}. */
@Command(
    name = "rm",
    mixinStandardHelpOptions = true,
    description = "Destroys VMs with their disks, and snapshots that are neither kept nor in use.",
    footer = {
      "",
      "Examples: visco rm vm-12 vm-34",
      "          visco rm --all --filter state=failed"
    })
final class VmRemoveCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Confirmation.@Nullable AnswerSource answers;

  @Parameters(
      paramLabel = "VM",
      arity = "0..*",
      description =
          "ids, or unique beginnings of them, with or without vm-; if one cannot be destroyed, the"
              + " others still are")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-a", "--all"},
      description = "destroys all VMs that you may see; asks before")
  private boolean all;

  @Option(
      names = "--filter",
      paramLabel = "FIELD=VALUE",
      description = "with --all: only those with this value, as in visco ps")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = {"-f", "--force"},
      description = "asks nothing, and takes one that is not there for destroyed")
  private boolean force;

  @Option(
      names = {"-y", "--yes"},
      description = "asks nothing")
  private boolean yes;

  @Option(names = "--no-wait", description = "returns as soon as the request is recorded")
  private boolean noWait;

  @Option(names = "--json", description = "prints one JSON array, with an object for each VM")
  private boolean json;

  VmRemoveCommand(CommandContext context, Confirmation.@Nullable AnswerSource answers) {
    this.context = context;
    this.answers = answers;
  }

  @Override
  public Integer call() {
    if (all != names.isEmpty() || (!all && !filters.isEmpty())) {
      throw Refused.invalid(
          "VM",
          String.join(" ", names),
          "does not say what to destroy",
          "Name VMs, or give --all.");
    }
    DaemonClient api = context.api();
    List<String> targets = all ? all(api) : names;
    String query = noWait ? "" : "?wait=destroyed";
    if (all && !mayGoOn(targets)) {
      return CommandExitCode.REFUSED;
    }
    return Removals.removeEach(
        context,
        targets,
        json,
        force,
        name -> api.json("DELETE", "/api/vms/" + VmNames.whole(api, name) + query, null),
        vm -> vm.path("vmId").asString());
  }

  private List<String> all(DaemonClient api) {
    return new EntryFilter(filters)
        .of(api.list("/api/vms")).stream().map(vm -> Tables.text(vm, "vmId")).toList();
  }

  private boolean mayGoOn(List<String> targets) {
    return force
        || yes
        || targets.isEmpty()
        || Confirmation.isGiven(
            "This destroys " + VmNames.listed(targets) + " with disks and snapshots",
            "visco rm --all --yes",
            answers,
            context.err());
  }
}

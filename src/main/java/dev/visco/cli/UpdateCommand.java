package dev.visco.cli;

import dev.visco.wire.Json;
import dev.visco.wire.VmChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco update}. */
@Command(
    name = "update",
    mixinStandardHelpOptions = true,
    description = {
      "Gives VMs another name, other labels, another time to live from now on, or another",
      "restart policy. What is not named stays as it is."
    },
    footer = {
      "",
      "Examples: visco update vm-12 --ttl 8h",
      "          visco update vm-12 --ttl 3d --ttl-from used",
      "          visco update vm-12 --ttl none --name web --label team=red --label old-"
    })
final class UpdateCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameters targets = new VmParameters();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "destroys the VM after this time from now, like 90m, 2h or 3d; none for never")
  private @Nullable String ttl;

  @Option(
      names = "--ttl-from",
      paramLabel = "created|used",
      description = "whether the time counts from now on, or anew with each use of the VM")
  private @Nullable String ttlFrom;

  @Option(
      names = "--restart",
      paramLabel = "no|on-failure|always",
      description = "when it is started again after its machine has ended")
  private @Nullable String restart;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "another name, also its guest's once that boots again; an empty one for none")
  private @Nullable String name;

  @Option(
      names = "--label",
      paramLabel = "KEY[=VALUE]|KEY-",
      description = "sets a label, or takes one away; may be repeated")
  private List<String> labels = new ArrayList<>();

  @Mixin private final JsonOption json = new JsonOption();

  UpdateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    var change = new VmChange(ttl, restart, ttlFrom, name, LabelOption.changes(labels));
    return EachVm.of(
        context,
        targets.names(),
        json.isSet(),
        (api, id) -> {
          JsonNode vm = api.json("PATCH", "/api/vms/" + id, change);
          context.out().println(json.isSet() ? Json.line(vm) : id);
          return CommandExitCode.OK;
        });
  }
}

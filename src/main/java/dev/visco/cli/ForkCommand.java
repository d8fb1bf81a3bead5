package dev.visco.cli;

import dev.visco.wire.ForkRequest;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco fork}. */
@Command(
    name = "fork",
    mixinStandardHelpOptions = true,
    description = {
      "Creates VMs that go on from another one as it is now: programs, files and memory are the",
      "same, and keys, names, addresses, randomness and clocks are each one's own.",
      "The VM that is forked stands still for a moment."
    },
    footer = {
      "",
      "Standard output is the new VMs' ids, a line each.",
      "",
      "Examples: visco fork box",
      "          visco fork box -n 5 --name try --ttl 2h",
      "          visco fork box -n 5 --plan"
    })
final class ForkCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "how many (1)")
  private @Nullable Integer count;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "name of the new VM; several are called NAME-1, NAME-2 and so on")
  private @Nullable String name;

  @Option(
      names = "--label",
      paramLabel = "KEY[=VALUE]",
      description = "a label of the new VMs; may be repeated")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "destroys them after this time, like 90m, 2h or 3d")
  private @Nullable String life;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "a variable of their sessions and of services that start; may be repeated")
  private List<String> env = new ArrayList<>();

  @Option(
      names = "--plan",
      description = "says what that would cost in memory and on the disk, and makes nothing")
  private boolean isPlan;

  @Option(names = "--no-wait", description = "prints the ids at once, before they are ready")
  private boolean noWait;

  @Mixin private final JsonOption json = new JsonOption();

  ForkCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    var request =
        new ForkRequest(
            count,
            name,
            LabelOption.labels(labels),
            life,
            null,
            null,
            null,
            UserDataOptions.variables(env));
    if (isPlan) {
      String path = "/api/vms/" + target.id(api) + "/fork/plan";
      context.out().println(PlanText.of(api.json("POST", path, request), json.isSet()));
      return CommandExitCode.OK;
    }
    JsonNode made = api.json("POST", "/api/vms/" + target.id(api) + "/fork", request);
    int code = CommandExitCode.OK;
    for (JsonNode created : made.path("items")) {
      JsonNode vm = created;
      if (!noWait) {
        try (var progress = ProgressPrinter.onError()) {
          vm = CreateCommand.await(api, created, progress);
        }
        String id = vm.path("vmId").asString();
        int its = VmOutcome.tell(api, vm, false, "visco logs " + id, context.err(), context.err());
        code = code == CommandExitCode.OK ? its : code;
      }
      context.out().println(json.isSet() ? Json.line(vm) : vm.path("vmId").asString());
    }
    return code;
  }
}

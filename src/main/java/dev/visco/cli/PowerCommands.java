package dev.visco.cli;

import dev.visco.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco stop}, {@code kill}, {@code start} and {@code restart}. */
final class PowerCommands {
  private PowerCommands() {}

  /** Does one thing to each VM, in order, and goes on after a failure. */
  abstract static class PowerCommand implements Callable<Integer> {
    private final CommandContext context;
    private final String what;
    private final String wanted;

    @Mixin private final VmParameters targets = new VmParameters();

    @Option(names = "--no-wait", description = "does not wait until it is done")
    private boolean noWait;

    @Option(names = "--json", description = "prints one JSON object for each VM")
    private boolean json;

    /**
     * @param what the route's last part
     * @param wanted the state that the VMs are to be in then
     */
    PowerCommand(CommandContext context, String what, String wanted) {
      this.context = context;
      this.what = what;
      this.wanted = wanted;
    }

    /** What is sent; null for nothing. */
    @Nullable Object body() {
      return null;
    }

    @Override
    public Integer call() {
      return EachVm.of(context, targets.names(), json, this::change);
    }

    private int change(DaemonClient api, String id) {
      long began = System.nanoTime();
      JsonNode vm = api.json("POST", "/api/vms/" + id + "/" + what, body());
      if (!noWait) {
        try (var progress = ProgressPrinter.onError()) {
          vm = CreateCommand.await(api, vm, progress);
        }
      }
      context.out().println(line(vm, Duration.ofNanos(System.nanoTime() - began)));
      return noWait ? CommandExitCode.OK : outcome(api, vm);
    }

    /** The exit code for a VM that has settled; says why if it is not as wanted. */
    int outcome(DaemonClient api, JsonNode vm) {
      return vm.path("state").asString().equals(wanted)
          ? CommandExitCode.OK
          : VmOutcome.tell(
              api,
              vm,
              false,
              "visco logs " + vm.path("vmId").asString(),
              context.err(),
              context.err());
    }

    /** The VMs as they were named. */
    List<String> names() {
      return targets.names();
    }

    private String line(JsonNode vm, Duration took) {
      if (json) {
        return Json.line(vm);
      }
      return context.isTerminal() && VmOutcome.isReady(vm)
          ? VmOutcome.readyLine(vm, took)
          : vm.path("vmId").asString();
    }
  }

  /** One that gives the guest time to shut down. */
  abstract static class GraceCommand extends PowerCommand {
    @Option(
        names = {"-t", "--grace"},
        paramLabel = "TIME",
        description = "how long the guest has to shut down, like 30s; 0s for none (10s)")
    private @Nullable String grace;

    GraceCommand(CommandContext context, String what, String wanted) {
      super(context, what, wanted);
    }

    @Override
    @Nullable Object body() {
      String asked = grace();
      return asked == null ? null : Map.of("grace", asked);
    }

    /** Docker's users give a bare number of seconds. */
    @Nullable String grace() {
      return grace != null && grace.matches("\\d+") ? grace + "s" : grace;
    }
  }

  /** {@code visco stop}. */
  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = {
        "Has guests shut down, and ends their machines.",
        "Disk, keys and address stay; visco start boots them again."
      },
      footer = {"", "Example: visco stop vm-12 --grace 30s"})
  static final class StopCommand extends GraceCommand {
    StopCommand(CommandContext context) {
      super(context, "stop", "stopped");
    }
  }

  /** {@code visco kill}. */
  @Command(
      name = "kill",
      mixinStandardHelpOptions = true,
      description = {
        "Ends machines at once, as if their power was cut.",
        "What a guest had not written to its disk is lost."
      },
      footer = {"", "Example: visco kill vm-12"})
  static final class KillCommand extends PowerCommand {
    KillCommand(CommandContext context) {
      super(context, "kill", "stopped");
    }
  }

  /** {@code visco start}. */
  @Command(
      name = "start",
      mixinStandardHelpOptions = true,
      description = "Boots VMs that are stopped or have failed, and verifies them.",
      footer = {"", "Example: visco start vm-12"})
  static final class StartCommand extends PowerCommand {
    StartCommand(CommandContext context) {
      super(context, "start", "ready");
    }
  }

  /** {@code visco restart}. */
  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = "Has guests shut down, boots them again and verifies them.",
      footer = {"", "Example: visco restart vm-12"})
  static final class RestartCommand extends GraceCommand {
    RestartCommand(CommandContext context) {
      super(context, "restart", "ready");
    }
  }
}

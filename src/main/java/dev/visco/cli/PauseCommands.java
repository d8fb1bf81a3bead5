package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code visco pause} and {@code visco resume}. */
final class PauseCommands {
  private PauseCommands() {}

  /** Does one of the two to each VM. */
  abstract static class EachVmPause implements Callable<Integer> {
    private final CommandContext context;
    private final String what;

    @Mixin private final VmParameters targets = new VmParameters();

    @Mixin private final JsonOption json = new JsonOption();

    /**
     * @param what the route's last part
     */
    EachVmPause(CommandContext context, String what) {
      this.context = context;
      this.what = what;
    }

    @Override
    public Integer call() {
      return EachVm.of(
          context,
          targets.names(),
          json.isSet(),
          (api, id) -> {
            JsonNode vm = api.json("POST", "/api/vms/" + id + "/" + what, null);
            context
                .out()
                .println(json.isSet() ? Json.line(vm) : id + " is " + vm.path("state").asString());
            return CommandExitCode.OK;
          });
    }
  }

  /** {@code visco pause}. */
  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Pauses VMs: their vCPUs stop, their memory stays allocated.",
      footer = {"", "Example: visco pause vm-12"})
  static final class PauseCommand extends EachVmPause {
    PauseCommand(CommandContext context) {
      super(context, "pause");
    }
  }

  /** {@code visco resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Resumes paused VMs.",
      footer = {"", "Example: visco resume vm-12"})
  static final class ResumeCommand extends EachVmPause {
    ResumeCommand(CommandContext context) {
      super(context, "resume");
    }
  }
}

package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/**
 * {@code visco pause}, {@code suspend}, {@code resume}, {@code sleep}, {@code archive} and {@code
 * wake}.
 */
final class PauseCommands {
  private PauseCommands() {}

  /** Does one of the two to each VM. */
  abstract static class EachVmPause implements Callable<Integer> {
    private final CommandContext context;
    private final String what;
    private final String wanted;

    @Mixin private final VmParameters targets = new VmParameters();

    @Mixin private final JsonOption json = new JsonOption();

    /**
     * @param what the route's last part
     * @param wanted the state that the VMs are in then
     */
    EachVmPause(CommandContext context, String what, String wanted) {
      this.context = context;
      this.what = what;
      this.wanted = wanted;
    }

    @Override
    public Integer call() {
      return EachVm.of(
          context,
          targets.names(),
          json.isSet(),
          (api, id) -> {
            JsonNode vm = api.json("POST", "/api/vms/" + id + "/" + what, null);
            try (var progress = ProgressPrinter.onError()) {
              vm = CreateCommand.await(api, vm, progress); // A suspended one is on its way.
            }
            context
                .out()
                .println(json.isSet() ? Json.line(vm) : id + " is " + vm.path("state").asString());
            return vm.path("state").asString().equals(wanted)
                ? CommandExitCode.OK
                : VmOutcome.tell(api, vm, false, "visco logs " + id, context.err(), context.err());
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
      super(context, "pause", "paused");
    }
  }

  /** {@code visco suspend}. */
  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = {
        "Writes VMs' memory to the disk, ends their machines and frees their memory.",
        "visco resume or start has them go on where they were, also after a reboot of the host."
      },
      footer = {"", "Example: visco suspend vm-12"})
  static final class SuspendCommand extends EachVmPause {
    SuspendCommand(CommandContext context) {
      super(context, "suspend", "suspended");
    }
  }

  /** {@code visco sleep}. */
  @Command(
      name = "sleep",
      mixinStandardHelpOptions = true,
      description = {
        "Puts VMs to sleep: as suspend, until somebody needs them.",
        "A command, a copied file, the desktop or a port has them go on where they were."
      },
      footer = {"", "Example: visco sleep vm-12"})
  static final class SleepCommand extends EachVmPause {
    SleepCommand(CommandContext context) {
      super(context, "sleep", "asleep");
    }
  }

  /** {@code visco archive}. */
  @Command(
      name = "archive",
      mixinStandardHelpOptions = true,
      description = {
        "Gives up the memory of sleeping VMs, and keeps their disks compressed.",
        "One that runs is put to sleep first. Whoever needs it has it boot from its disk."
      },
      footer = {"", "Example: visco archive vm-12"})
  static final class ArchiveCommand extends EachVmPause {
    ArchiveCommand(CommandContext context) {
      super(context, "archive", "archived");
    }
  }

  /** {@code visco wake}. */
  @Command(
      name = "wake",
      mixinStandardHelpOptions = true,
      description = "Has VMs that are asleep go on where they were, and archived ones boot.",
      footer = {"", "Example: visco wake vm-12"})
  static final class WakeCommand extends EachVmPause {
    WakeCommand(CommandContext context) {
      super(context, "wake", "ready");
    }
  }

  /** {@code visco resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Has paused and suspended VMs go on where they were.",
      footer = {"", "Example: visco resume vm-12"})
  static final class ResumeCommand extends EachVmPause {
    ResumeCommand(CommandContext context) {
      super(context, "resume", "ready");
    }
  }
}

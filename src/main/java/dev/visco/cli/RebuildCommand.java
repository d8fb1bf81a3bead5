package dev.visco.cli;

import dev.visco.wire.RebuildRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco rebuild}. */
@Command(
    name = "rebuild",
    mixinStandardHelpOptions = true,
    description = {
      "Gives VMs new root disks of a newer or other image, boots them and verifies them.",
      "Id, name, address, keys, volumes and time to live stay. What is on the root disk outside of"
          + " volumes is lost, so it asks first. A VM whose new disk does not meet every criterion"
          + " gets its old disk back, and runs again if it ran; the exit code is 1 then. One that"
          + " was stopped is started."
    },
    footer = {"", "Example: visco rebuild vm-12 --image cli --yes"})
final class RebuildCommand extends PowerCommands.GraceCommand {
  private final CommandContext context;
  private final Confirmation.@Nullable AnswerSource answers;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "the image for the new disk (the present one of the VM's image's name)")
  private @Nullable String image;

  @Option(
      names = {"-y", "--yes"},
      description = "does not ask")
  private boolean yes;

  @Option(names = "--force", description = "boots it even if the preflight checks object")
  private boolean force;

  /**
   * @param answers of the person at the terminal; null when there is none
   */
  RebuildCommand(CommandContext context, Confirmation.@Nullable AnswerSource answers) {
    super(context, "rebuild", "ready");
    this.context = context;
    this.answers = answers;
  }

  @Override
  public Integer call() {
    if (!yes && !isConfirmed()) {
      context.err().println("visco: nothing was rebuilt");
      return CommandExitCode.REFUSED;
    }
    return super.call();
  }

  private boolean isConfirmed() {
    List<String> vms = names();
    String command =
        "visco rebuild "
            + String.join(" ", vms)
            + (image == null ? "" : " --image " + image)
            + " --yes";
    return Confirmation.isGiven(
        "What is on the root disk of "
            + String.join(", ", vms)
            + " outside of volumes would be lost",
        command,
        answers,
        context.err());
  }

  @Override
  Object body() {
    return new RebuildRequest(image, force ? true : null, grace());
  }

  /** A VM that is back on its old disk is ready too. */
  @Override
  int outcome(DaemonClient api, JsonNode vm) {
    JsonNode failure = vm.path("rebuild").path("failure");
    if (failure.isMissingNode() || !VmOutcome.isReady(vm)) {
      return super.outcome(api, vm);
    }
    String id = vm.path("vmId").asString();
    context.err().println("visco: " + id + ": " + failure.asString());
    context.err().println("  evidence: visco boots " + id);
    return CommandExitCode.FAILED;
  }
}

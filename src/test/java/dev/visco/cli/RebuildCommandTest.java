package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code rebuild} asks, says, and exits with. */
@Timeout(60)
class RebuildCommandTest {
  private static final String REBUILD = "POST /api/vms/vm-00000001/rebuild";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  private static String vm(String state, int revision, String more) {
    return """
    {"vmId":"vm-00000001","state":"%s","step":"launch-machine","revision":%d%s}\
    """
        .formatted(state, revision, more);
  }

  private void settlesAs(String state, String more) {
    daemon
        .answering(REBUILD, vm("stopping", 1, ""))
        .answering("GET /api/vms/vm-00000001?timeout=30s&after=1", vm(state, 2, more));
  }

  @Test
  void withoutATerminalItIsRefusedUnlessItIsToldYes() {
    Said said = daemon.run("rebuild", "vm-00000001", "--image", "newer");
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err())
        .contains("What is on the root disk of vm-00000001 outside of volumes would be lost.")
        .contains("visco rebuild vm-00000001 --image newer --yes");
    assertThat(daemon.asked).isEmpty();
  }

  @Test
  void aVmThatIsReadyWithItsNewImageIsItsId() {
    settlesAs("ready", "");
    Said said =
        daemon.run("rebuild", "vm-00000001", "--image", "newer", "--yes", "-t", "30", "--force");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("vm-00000001\n");
  }

  @Test
  void whatIsAskedIsSent() {
    daemon.answering(REBUILD, vm("stopping", 1, ""));
    daemon.run(
        "rebuild", "vm-00000001", "--image", "newer", "-y", "-t", "30", "--force", "--no-wait");
    assertThat(daemon.sent()).isEqualTo("{\"image\":\"newer\",\"force\":true,\"grace\":\"30s\"}");
    daemon.run("rebuild", "vm-00000001", "-y", "--no-wait");
    assertThat(daemon.sent()).isEqualTo("{}");
  }

  @Test
  void aVmThatIsBackOnItsOldDiskIsAFailureThatSaysWhy() {
    settlesAs(
        "ready",
        ",\"rebuild\":{\"image\":\"newer\",\"stage\":\"failed\",\"failure\":\"Its cause.\"}");
    Said said = daemon.run("rebuild", "vm-00000001", "--image", "newer", "--yes");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err()).contains("visco: vm-00000001: Its cause.");
  }

  @Test
  void aVmThatIsStoppedAgainIsAFailureToo() {
    settlesAs("stopped", ",\"failure\":\"Its cause.\"");
    Said said = daemon.run("rebuild", "vm-00000001", "--yes", "--json");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.out()).contains("\"state\":\"stopped\"");
    assertThat(said.err()).contains("vm-00000001 is stopped: Its cause.");
  }

  @Test
  void aPersonAnswersYesOrNothingIsDone() {
    var err = new ByteArrayOutputStream();
    var print = new PrintStream(err, true);
    assertThat(Confirmation.isGiven("All goes", "visco x --yes", () -> " YES ", print)).isTrue();
    assertThat(Confirmation.isGiven("All goes", "visco x --yes", () -> "y", print)).isFalse();
    assertThat(Confirmation.isGiven("All goes", "visco x --yes", () -> null, print)).isFalse();
    assertThat(err.toString()).contains("visco: All goes.\nvisco: Go on? Type yes: ");
  }
}

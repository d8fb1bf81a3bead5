package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code visco wait}. */
@Timeout(60)
class WaitCommandTest {
  private static final String ID = "vm-00000001";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  private void goes(String first, String then) {
    daemon
        .answering("GET /api/vms/" + ID, vm(first, 1))
        .answering("GET /api/vms/" + ID + "?timeout=30000ms&after=1", vm(then, 2));
  }

  private static String vm(String state, int revision) {
    return "{\"vmId\":\"%s\",\"state\":\"%s\",\"revision\":%d}".formatted(ID, state, revision);
  }

  @Test
  void endsWhenTheVmIsReady() {
    goes("starting", "ready");
    Said said = daemon.run("wait", ID);
    assertThat(said.out()).isEqualTo(ID + " is ready\n");
    assertThat(said.code()).isZero();
  }

  @Test
  void endsAtAnyOfTheStates() {
    goes("ready", "failed");
    assertThat(daemon.run("wait", "--for", "stopped,failed", ID).out())
        .isEqualTo(ID + " is failed\n");
    assertThat(daemon.run("wait", "--for", "ready", ID, "--json").out())
        .contains("\"state\":\"ready\"");
  }

  @Test
  void waitsForNoneThatHasFailed() {
    goes("starting", "failed");
    Said said = daemon.run("wait", ID);
    assertThat(said.err()).isEqualTo("visco: " + ID + " is failed.\n");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
  }

  @Test
  void givesUpAfterItsTime() {
    goes("starting", "starting");
    Said said = daemon.run("wait", "--timeout", "0s", ID);
    assertThat(said.err()).isEqualTo("visco: " + ID + " is still starting.\n");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
  }

  @Test
  void aStateThatIsNoneIsRefusedBeforeAnythingIsAsked() {
    Said said = daemon.run("wait", "--for", "up", ID);
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("--for \"up\" is no state. Known are creating, ");
    assertThat(daemon.asked).isEmpty();
  }
}

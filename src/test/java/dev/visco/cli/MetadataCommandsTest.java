package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What VMs are called, as commands. */
@Timeout(60)
class MetadataCommandsTest {
  private static final String VM =
      "{\"vmId\":\"vm-00000001\",\"name\":\"web\",\"labels\":{\"team\":\"red\",\"gpu\":\"\"}}";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void aVmIsCreatedWithANameAndLabels() {
    daemon.answering("GET /api/me", "{}").answering("POST /api/vms", VM);
    Said said =
        daemon.run("create", "--no-wait", "--name", "web", "--label", "team=red", "--label", "gpu");
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(daemon.sent())
        .contains("\"name\":\"web\"")
        .contains("\"labels\":{\"gpu\":\"\",\"team\":\"red\"}");
  }

  @Test
  void aVmIsRenamed() {
    daemon.answering("GET /api/vms/web", VM).answering("PATCH /api/vms/vm-00000001", VM);
    Said said = daemon.run("rename", "web", "db");
    assertThat(said.code()).isZero();
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(daemon.sent()).isEqualTo("{\"name\":\"db\"}");
    assertThat(daemon.run("rename", "nothing", "db").code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("rename", "", "db").err()).contains("There is no VM \"\"");
  }

  @Test
  void labelsAreSetTakenAwayAndPrinted() {
    daemon.answering("GET /api/vms/vm-00000001", VM).answering("PATCH /api/vms/vm-00000001", VM);
    assertThat(daemon.run("label", "vm-00000001").out()).isEqualTo("gpu=\nteam=red\n");
    assertThat(daemon.asked).doesNotContain("PATCH /api/vms/vm-00000001");
    assertThat(daemon.run("label", "vm-00000001", "team=a=b", "gpu", "old-").code()).isZero();
    assertThat(daemon.sent())
        .isEqualTo("{\"labels\":{\"gpu\":\"\",\"old\":null,\"team\":\"a=b\"}}");
    Said twice = daemon.run("label", "vm-00000001", "team=red", "team-");
    assertThat(twice.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(twice.err()).contains("team-").contains("twice");
  }

  @Test
  void anUpdateNamesWhatIsToChange() {
    daemon.answering("PATCH /api/vms/vm-00000001", VM);
    assertThat(
            daemon
                .run("update", "vm-00000001", "--name", "db", "--label", "old-", "--ttl", "8h")
                .code())
        .isZero();
    assertThat(daemon.sent())
        .isEqualTo("{\"ttl\":\"8h\",\"name\":\"db\",\"labels\":{\"old\":null}}");
  }

  @Test
  void aListShowsNamesAndLabels() {
    daemon.answering("GET /api/vms", "[" + VM + "]");
    assertThat(daemon.run("ps", "-o", "wide").out())
        .contains("NAME", "LABELS", "web", "gpu=,team=red");
  }
}

package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code visco vmm} and {@code visco events} say, and their exit codes. */
@Timeout(60)
class ReleaseCommandsTest {
  private static final String RELEASES =
      """
      [{"name":"qemu","status":"previous","vulnerabilities":[],"accepted":[],"vms":1,"snapshots":0},
       {"name":"1.13.1","version":"1.13.1","status":"in use","digest":"sha256:%s","vms":2,"snapshots":3,
        "features":{"pci":true,"jailer":false},
        "vulnerabilities":[{"id":"CVE-2026-5747","pciOnly":true,"summary":"Out of bounds."}],"accepted":[]}]
      """
          .formatted("0123456789abcdef".repeat(4));

  private static final String REPORT =
      """
      {"release":"1.16.1","lines":[
       {"type":"cli","transport":"mmio","vm":"vm-00000001","isMet":true,"text":"all 7 of its criteria are met","millis":9},
       {"type":"pci","transport":"pci","vm":"vm-00000002","isMet":%s,"text":"Criterion 2: nothing.","millis":9}],
       "skipped":["gui: its image gui is not there"]}\
      """;

  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  private static String oneLine(String json) {
    return json.replace("\n", " ") + "\n";
  }

  private static String change(boolean isChanged, String current) {
    return "{\"doing\":\"canaries on 1.16.1: cli\",\"fraction\":0}\n"
        + oneLine(
            "{\"change\":{\"isChanged\":%s,\"current\":\"%s\",\"previous\":\"qemu\",\"canaries\":%s}}"
                .formatted(isChanged, current, REPORT.formatted(isChanged)));
  }

  @Test
  void releasesAreATable() {
    daemon.answering("GET /api/vmm", RELEASES);
    Said said = daemon.run("vmm", "ls");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out())
        .isEqualTo(
            """
            RELEASE  STATUS    PCI  JAILER  VMS  SNAPSHOTS  DIGEST        VULNERABLE
            qemu     previous  yes  -       1    0          -             -
            1.13.1   in use    yes  no      2    3          0123456789ab  CVE-2026-5747 (PCI)
            """);
    assertThat(daemon.run("vmm").out()).isEqualTo(said.out());
    assertThat(daemon.run("vmm", "ls", "--json").out().lines()).hasSize(1);
  }

  @Test
  void aReleaseIsAddedWithItsWholePathAndItsWeaknessesAreSaid() {
    daemon.answering(
        "POST /api/vmm",
        "{\"doing\":\"copy\",\"fraction\":0.1}\n{\"release\":{\"name\":\"1.13.1\",\"vulnerabilities\":"
            + "[{\"id\":\"CVE-2026-5747\",\"pciOnly\":true,\"summary\":\"Out of bounds.\"}]}}\n");
    Said said = daemon.run("vmm", "add", "fc", "--jailer", "./j", "--sha256", "ab", "--name", "n");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("1.13.1\n");
    assertThat(said.err())
        .contains("known to be vulnerable: CVE-2026-5747 (with PCI): Out of bounds.");
    String here = Path.of("").toAbsolutePath().toString();
    assertThat(daemon.sent())
        .contains("\"path\":\"" + here + "/fc\"")
        .contains("\"jailer\":\"" + here + "/j\"")
        .contains("\"sha256\":\"ab\"")
        .contains("\"name\":\"n\"")
        .doesNotContain("noJailer");
  }

  @Test
  void aRefusedReleaseSaysWhy() {
    daemon.answering(
        "POST /api/vmm",
        "{\"problem\":{\"type\":\"urn:visco:problem:invalid\",\"title\":\"Invalid value\",\"status\":400,"
            + "\"detail\":\"path \\\"1.16.1\\\" cannot be its release.\",\"remedy\":\"Give another.\"}}\n");
    Said said = daemon.run("vmm", "add", "/fc", "--no-jailer");
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("cannot be its release. Give another.");
    assertThat(daemon.sent()).contains("\"noJailer\":true");
  }

  @Test
  void aReleaseThatIsUsedSaysSoAndShowsItsCanaries() {
    daemon.answering("POST /api/vmm/1.16.1/use", change(true, "1.16.1"));
    Said said = daemon.run("vmm", "use", "1.16.1");
    assertThat(said.code()).as(said.err()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("new VMs use 1.16.1\n");
    assertThat(said.err())
        .contains("canaries on 1.16.1:\n")
        .contains("✓  cli  mmio  all 7 of its criteria are met")
        .contains("-  gui: its image gui is not there");
  }

  @Test
  void aReleaseThatFailsItsCanariesEndsWithOneAndNothingChanged() {
    daemon.answering("POST /api/vmm/1.16.1/use", change(false, "qemu"));
    Said said = daemon.run("vmm", "use", "1.16.1", "--force");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.out()).isEqualTo("new VMs use qemu, as before\n");
    assertThat(said.err())
        .contains("✗  pci  pci   Criterion 2: nothing.")
        .contains("nothing was changed: not every criterion was met on 1.16.1");
    assertThat(daemon.sent()).contains("\"force\":true");
  }

  @Test
  void aCanaryAloneEndsWithOneWhereItIsNotMet() {
    for (boolean isMet : new boolean[] {true, false}) {
      daemon.answering(
          "POST /api/vmm/1.16.1/canary",
          "{\"canary\":" + oneLine(REPORT.formatted(isMet)).strip() + "}\n");
      Said said = daemon.run("vmm", "canary", "1.16.1");
      assertThat(said.code()).isEqualTo(isMet ? CommandExitCode.OK : CommandExitCode.FAILED);
      assertThat(said.out()).contains("canaries on 1.16.1:");
    }
  }

  @Test
  void aDryRunOnlyAsks() {
    daemon.answering(
        "GET /api/vmm/1.16.1/plan",
        """
        {"release":"1.16.1","current":"1.13.1","previous":"qemu","obstacles":["CVE-1: bad"],"canaries":["cli"],
         "keep":[{"vm":"vm-00000001","user":"u","state":"ready","release":"1.13.1"}],
         "snapshots":[{"snapshot":"snap-1","vm":"vm-00000001","release":"1.13.1","format":8}]}
        """);
    Said said = daemon.run("vmm", "use", "1.16.1", "--dry-run");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out())
        .contains("New VMs would use 1.16.1 instead of 1.13.1")
        .contains("refused without --force: CVE-1: bad")
        .contains("canaries of the types: cli")
        .contains("vm-00000001  u  ready  1.13.1")
        .contains("snap-1  vm-00000001  1.13.1  8");
    assertThat(daemon.asked).containsExactly("GET /api/vmm/1.16.1/plan");
  }

  @Test
  void aRollbackIsOneRequest() {
    daemon.answering("POST /api/vmm/rollback", "{\"isChanged\":true,\"current\":\"1.13.1\"}");
    Said said = daemon.run("vmm", "rollback");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("new VMs use 1.13.1\n");
    assertThat(daemon.asked).hasSize(1);
  }

  @Test
  void anUnknownReleaseIsNotFound() {
    assertThat(daemon.run("vmm", "inspect", "none").code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("vmm", "rm", "none").code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("vmm", "add").code()).isEqualTo(CommandExitCode.USAGE);
  }

  @Test
  void eventsAreTheOldestFirstForPeopleAndPrograms() {
    daemon.answering(
        "GET /api/events?limit=2",
        """
        [{"id":2,"at":"2026-01-02T00:00:00Z","kind":"rolled-back","text":"later"},
         {"id":1,"at":"2026-01-01T00:00:00Z","kind":"release-used","text":"earlier"}]
        """);
    assertThat(daemon.run("events", "--limit", "2").out())
        .isEqualTo(
            """
            2026-01-01T00:00:00Z  release-used  earlier
            2026-01-02T00:00:00Z  rolled-back   later
            """);
    assertThat(daemon.run("events", "--limit", "2", "--json").out())
        .as("in the same order")
        .startsWith("[{\"id\":1,");
  }
}

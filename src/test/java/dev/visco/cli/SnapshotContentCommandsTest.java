package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is in snapshots, at the command line. */
@Timeout(60)
class SnapshotContentCommandsTest {
  @TempDir private Path folder;
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void close() {
    daemon.close();
  }

  private String ok(String... words) {
    Said said = daemon.run(words);
    assertThat(said.code()).as(said.err()).isZero();
    return said.out();
  }

  @Test
  void theListTellsUntilWhenEachStaysAndHowManyUseIt() {
    daemon.answering(
        "GET /api/snapshots",
        """
        [{"name":"clean","userId":"anna","vmId":"vm-00000001","state":"whole","retention":"kept",
          "usedBy":2,"release":"qemu","bytes":5242880,"created":"2026-01-02T03:04:05Z"}]\
        """);
    assertThat(ok("snapshot", "ls"))
        .contains("RETENTION", "USED BY")
        .containsPattern("clean +anna +vm-00000001 +whole +kept +2 +qemu +5 ");
  }

  @Test
  void whatIsDamagedIsNamedWithExitCodeOne() {
    daemon.answering(
        "POST /api/snapshots/clean/verify",
        "{\"name\":\"clean\",\"whole\":true,\"files\":5,\"bytes\":4096,\"damage\":[]}");
    assertThat(ok("snapshot", "verify", "clean"))
        .isEqualTo("clean is whole: 5 files, 4096 bytes\n");
    daemon.answering(
        "POST /api/snapshots/clean/verify?user=anna",
        "{\"name\":\"clean\",\"whole\":false,\"files\":5,\"bytes\":4096,\"damage\":[\"machine/state"
            + " has 7 bytes instead of 8\"]}");
    Said said = daemon.run("snapshot", "verify", "clean", "--user", "anna");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.err()).contains("machine/state has 7 bytes instead of 8");
    assertThat(daemon.run("snapshot", "verify", "none").code())
        .isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void anExportIsItsOwnersAloneAndSaysThatItHoldsKeys() throws Exception {
    daemon.answering("GET /api/snapshots/clean/export", "all of it");
    Path file = folder.resolve("clean.snapshot.tar.zst");
    Said said = daemon.run("snapshot", "export", "clean", "-o", file.toString());
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).isEqualTo(file + "\n");
    assertThat(said.err()).contains("private keys");
    assertThat(file).hasContent("all of it");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(daemon.run("snapshot", "export", "clean", "-o", file.toString()).err())
        .contains("is there already");
    Said piped = daemon.run("snapshot", "export", "clean", "-o", "-");
    assertThat(piped.out()).isEqualTo("all of it");
    assertThat(piped.err()).contains("private keys");
  }

  @Test
  void anImportIsCalledAsItsFileIs() throws Exception {
    daemon
        .answering("GET /api/me", "{\"user\":\"anna\"}")
        .answering("POST /api/snapshots/clean/import?user=anna", "{\"name\":\"clean\"}")
        .answering("POST /api/snapshots/other/import?user=bert", "{\"name\":\"other\"}");
    Path file = Files.writeString(folder.resolve("clean.snapshot.tar.zst"), "all of it");
    assertThat(ok("snapshot", "import", file.toString())).isEqualTo("clean\n");
    assertThat(daemon.sent()).isEqualTo("all of it");
    assertThat(ok("snapshot", "import", file.toString(), "other", "--user", "bert"))
        .isEqualTo("other\n");
    assertThat(daemon.run("snapshot", "import", folder.resolve("none").toString()).err())
        .contains("is no file");
    assertThat(daemon.run("snapshot", "import", "-").err()).contains("NAME", "is missing");
  }

  @Test
  void onesThatAreToStayAreKept() {
    daemon
        .answering("PATCH /api/snapshots/one", "{\"name\":\"one\"}")
        .answering("PATCH /api/snapshots/two", "{\"name\":\"two\"}");
    assertThat(ok("snapshot", "keep", "one", "two")).isEqualTo("one\ntwo\n");
    assertThat(daemon.sent()).isEqualTo("{\"retention\":\"kept\"}");
    daemon
        .answering("GET /api/vms/vm-00000001", "{\"vmId\":\"vm-00000001\"}")
        .answering("POST /api/vms/vm-00000001/snapshots", "{\"name\":\"made\"}");
    assertThat(ok("snapshot", "create", "vm-00000001", "--keep")).isEqualTo("made\n");
    assertThat(daemon.sent()).isEqualTo("{\"keep\":true}");
  }

  @Test
  void allThatIsKnownIsPrinted() {
    daemon.answering("GET /api/snapshots/clean", "{\"name\":\"clean\",\"parts\":[]}");
    assertThat(ok("snapshot", "inspect", "clean")).contains("\"parts\"");
    assertThat(ok("snapshot", "inspect", "clean", "--json")).hasLineCount(1);
  }
}

package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code create} sends for the guest. */
@Timeout(60)
class UserDataOptionsTest {
  @TempDir private Path folder;
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering("GET /api/me", "{}")
          .answering("POST /api/vms", "{\"vmId\":\"vm-00000001\"}");

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void variablesAndFilesAreSent() throws IOException {
    Path env =
        Files.writeString(folder.resolve("env"), "# ours\n\nA=from file\nB=of=file\n  C=3\n");
    Path file = Files.write(folder.resolve("file"), new byte[] {0, (byte) 255});
    Said said =
        daemon.run(
            "create",
            "--no-wait",
            "--env-file",
            env.toString(),
            "-e",
            "A=1",
            "-e",
            "PATH",
            "--file",
            file + ":/etc/a",
            "--file",
            file + ":/etc/b:0600:app:users",
            "-m",
            "2g");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(daemon.sent())
        .contains("\"A\":\"1\",\"B\":\"of=file\",\"C\":\"3\",\"PATH\":\"" + System.getenv("PATH"))
        .contains("{\"path\":\"/etc/a\",\"base64\":\"AP8=\"}")
        .contains(
            "{\"path\":\"/etc/b\",\"base64\":\"AP8=\",\"mode\":\"0600\",\"owner\":\"app:users\"}")
        .contains("\"memory\":\"2g\"");
  }

  private void assertRefused(String says, String... options) {
    var words = new java.util.ArrayList<>(java.util.List.of("create", "--no-wait"));
    words.addAll(java.util.List.of(options));
    Said said = daemon.run(words.toArray(String[]::new));
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains(says);
    assertThat(daemon.asked).doesNotContain("POST /api/vms");
  }

  @Test
  void whatCannotBeSentIsRefused() throws IOException {
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
    assertRefused("is no variable of this shell", "-e", "NO_SUCH_VARIABLE_HERE");
    assertRefused("is no FILE:PATH", "--file", "alone");
    assertRefused("cannot be read", "--file", folder.resolve("none") + ":/etc/a");
    assertRefused("cannot be read", "--env-file", folder.toString());
    assertRefused("has more than 1048576 bytes", "--file", large + ":/etc/a");
  }
}

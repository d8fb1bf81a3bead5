package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.model.VmmUsers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnprivilegedTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  @TempDir private Path folder;

  @Test
  void aToolEndsWithTheProcessThatNamesItsFolder() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    var words = new ArrayList<>(Unprivileged.toolIn(folder, 1L << 30, 0, Duration.ofMinutes(1)));
    // It says that it runs by its name.
    words.addAll(List.of("sleep", "600.0625"));
    Process outer = new ProcessBuilder(words).start();
    try {
      await().atMost(SOON).until(UnprivilegedTest::isRunning);
      assertThat(outer.descendants()).isNotEmpty();
      outer.destroyForcibly();
      assertThat(outer.waitFor()).isEqualTo(128 + 9);
      await().atMost(SOON).until(() -> !isRunning());
    } finally {
      outer.destroyForcibly();
    }
  }

  private static boolean isRunning() {
    return new LinuxHost()
        .processes().stream()
            .anyMatch(
                process -> String.join(" ", process.arguments()).strip().equals("sleep 600.0625"));
  }

  @Test
  void aToolIsAUserOfItsOwnWithoutNetwork() {
    var words = new ArrayList<>(Unprivileged.tool(1L << 30, 0, Duration.ofMinutes(1)));
    words.addAll(List.of("sh", "-c", "id -u; wc -l </proc/net/dev"));
    assertThat(new LinuxHost().check(Command.of(words)).output().lines().map(String::strip))
        .containsExactly(VmmUsers.TOOLS + "", "3");
  }
}

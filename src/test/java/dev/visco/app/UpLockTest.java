package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One {@code visco up} at a time. */
@Timeout(60)
class UpLockTest {
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  /** Another process, since a process never waits for itself (fcntl(2)). */
  static final class Holds {
    private Holds() {}

    public static void main(String[] arguments) throws Exception {
      try (var lock = UpLock.take(Path.of(arguments[0]), (what, fraction) -> {})) {
        Files.writeString(Path.of(arguments[1]), lock.getClass().getSimpleName());
        Thread.sleep(Long.MAX_VALUE);
      }
    }
  }

  @Test
  void theSecondWaitsSaysSoAndGoesOnWhenTheFirstWasKilled() throws Exception {
    Path data = folder.resolve("data");
    Path held = folder.resolve("held");
    ProcessRef first =
        host.start(
            new Detached(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Holds.class.getName(),
                    data.toString(),
                    held.toString()),
                folder.resolve("log")));
    try {
      Awaitility.await().until(() -> Files.exists(held) || !host.isAlive(first));
      BlockingQueue<String> told = new LinkedBlockingQueue<>();
      Thread second =
          Thread.ofPlatform()
              .start(() -> {
                try (var lock = UpLock.take(data, (what, fraction) -> told.add(what))) {
                  told.add("has it: " + (lock != null));
                }
              });
      assertThat(told.poll(30, TimeUnit.SECONDS)).contains("wait for another visco up");
      assertThat(host.isAlive(first)).isTrue();
      assertThat(told).isEmpty();
      host.terminate(first, true);
      assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("has it: true");
      second.join();
    } finally {
      host.terminate(first, true);
    }
    Path file = data.resolve("up.lock");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aFolderThatCannotBeUsedIsNamedInWords() throws Exception {
    Path nowhere = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("gone"));
    assertThatThrownBy(() -> UpLock.take(nowhere, (what, fraction) -> {}))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("link that leads nowhere")
        .hasMessageContaining("VISCO_DATA")
        .hasMessageNotContaining("Exception");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> UpLock.take(file.resolve("data"), (what, fraction) -> {}))
        .isInstanceOf(Refused.class)
        .hasMessageNotContaining("Exception");
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    host.check(Command.of("touch", foreign.resolve("theirs").toString()));
    assertThatThrownBy(() -> UpLock.take(foreign, (what, fraction) -> {}))
        .hasMessageContaining("nothing in it is Visco's");
    assertThat(foreign.resolve("up.lock")).doesNotExist();
  }
}

package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.probe.HostileKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the daemon's heap must bear. */
class CrowdedHeapTest {
  @TempDir Path folder;

  private record Ended(int code, String said) {}

  private Ended run(String main, String... arguments) throws IOException, InterruptedException {
    Path said = folder.resolve("said");
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(BackgroundDaemon.MEMORY);
    command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    return new Ended(process.waitFor(), Files.readString(said));
  }

  @Test
  void guestsAndFilesCannotFillTheHeapAndAVmIsCreatedAfterwards() throws Exception {
    Path bzImage = folder.resolve("bzImage");
    HostileKernels.write(bzImage);
    Ended ended = run(CrowdedHeap.class.getName(), bzImage.toString(), folder.toString());
    assertThat(ended.said()).contains("all of it, and a VM afterwards");
    assertThat(ended.said()).doesNotContain("OutOfMemoryError");
    assertThat(ended.code()).isZero();
  }

  /** Whatever takes the heap all the same ends the daemon, and its log says so. */
  @Test
  void aDaemonWithoutMemoryEndsAndSaysWhy() throws Exception {
    Ended ended = run(Hoarder.class.getName());
    assertThat(ended.code()).isEqualTo(3);
    assertThat(ended.said()).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  /** Without the watch the heap is at its bound of 192 MiB before it is collected whole. */
  @Test
  void whatOnceGrewOldIsCollectedBeforeTheHeapIsAtItsBound() throws Exception {
    Ended ended = run(Churner.class.getName());
    assertThat(ended.code()).as(ended.said()).isZero();
    assertThat(Long.parseLong(ended.said().strip())).isBetween(40L, 144L);
  }

  /** Holds each of many buffers long enough to grow old; prints the most MiB the heap had. */
  static final class Churner {
    private Churner() {}

    public static void main(String[] arguments) throws InterruptedException {
      long most = 0;
      var recent = new ArrayDeque<byte[]>();
      try (var watch = HeapWatch.start()) {
        for (int i = 0; i < 3000; i++) {
          recent.add(new byte[1 << 20]);
          if (recent.size() > 24) {
            recent.remove();
          }
          Thread.sleep(1);
          most = Math.max(most, Runtime.getRuntime().totalMemory() >> 20);
        }
      }
      System.out.println(most);
    }
  }

  /** Takes memory in a thread that nobody would miss. */
  static final class Hoarder {
    private Hoarder() {}

    public static void main(String[] arguments) throws InterruptedException {
      var all = new ArrayList<byte[]>();
      Thread hoarder =
          Thread.ofVirtual()
              .start(() -> {
                while (true) {
                  all.add(new byte[1 << 20]);
                }
              });
      hoarder.join();
      System.out.println("it went on without the thread");
    }
  }
}

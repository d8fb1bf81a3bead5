package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process that keeps a console, fed by a writer that is faster than any guest. */
@Timeout(60)
class ConsoleLoggerTest {
  private static final int BYTES = 10_000;

  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;
  private ProcessRef logger;

  @BeforeEach
  void start() {
    host.check(Command.of("mkfifo", "-m", "600", fifo().toString()));
    logger =
        host.start(
            new Detached(
                List.of(
                    "sh",
                    ConsoleLogger.script(folder.resolve("cache")).toString(),
                    fifo().toString(),
                    console().toString(),
                    Integer.toString(BYTES)),
                folder.resolve("vmm.log")));
  }

  @AfterEach
  void leavesNoProcess() {
    ConsoleLogger.end(host, fifo());
    assertThat(host.isAlive(logger)).isFalse();
    assertThat(host.processes())
        .noneMatch(process ->
            process.arguments().stream().anyMatch(word -> word.contains(folder.toString())));
  }

  private Path fifo() {
    return folder.resolve("console.fifo");
  }

  private Path console() {
    return folder.resolve("console.log");
  }

  private Path older() {
    return folder.resolve("console.log.1");
  }

  private void write(byte[] bytes, int at, int count) throws IOException {
    try (OutputStream out = new FileOutputStream(fifo().toFile())) {
      out.write(bytes, at, count);
    }
  }

  private void awaitEnd() {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !host.isAlive(logger));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void keepsTheLastBytesAndNeverMoreThanTwiceTheBound() throws Exception {
    byte[] text = new byte[BYTES * 25 + 1234];
    new Random(1).nextBytes(text);
    var largest = new AtomicLong();
    var isOver = new AtomicBoolean();
    Thread watch =
        Thread.ofPlatform()
            .start(() -> {
              while (!isOver.get()) {
                largest.accumulateAndGet(Math.max(size(console()), size(older())), Math::max);
              }
            });
    write(text, 0, text.length);
    awaitEnd();
    isOver.set(true);
    watch.join();
    assertThat(largest.get()).isEqualTo(BYTES);
    assertThat(Files.readAllBytes(older()))
        .isEqualTo(Arrays.copyOfRange(text, BYTES * 24, BYTES * 25));
    assertThat(Files.readAllBytes(console()))
        .isEqualTo(Arrays.copyOfRange(text, BYTES * 25, text.length));
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "cache", "console.fifo", "console.log", "console.log.1", "vmm.log");
    }
  }

  @Test
  void keepsAShortConsoleAsItIs() throws IOException {
    byte[] garbage = new byte[512];
    for (int at = 0; at < garbage.length; at++) {
      garbage[at] = (byte) at;
    }
    write(garbage, 0, garbage.length);
    awaitEnd();
    assertThat(Files.readAllBytes(console())).isEqualTo(garbage);
    assertThat(older()).doesNotExist();
    assertThat(folder.resolve("vmm.log")).isEmptyFile();
  }

  @Test
  void aConsoleOfExactlyTheBoundIsKeptWhole() throws IOException {
    byte[] text = new byte[BYTES];
    Arrays.fill(text, (byte) 'x');
    write(text, 0, BYTES);
    awaitEnd();
    assertThat(Files.readAllBytes(older())).isEqualTo(text);
    assertThat(console()).isEmptyFile();
  }

  @Test
  void writesEachByteAtOnceAndForRootsEyesOnly() throws IOException {
    try (OutputStream out = new FileOutputStream(fifo().toFile())) {
      for (String part : List.of("a", "b", "\n", "c")) {
        long before = size(console());
        out.write(part.getBytes(StandardCharsets.UTF_8));
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> size(console()) == before + 1);
      }
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(console())))
          .isEqualTo("rw-------");
      assertThat(host.isAlive(logger)).isTrue();
    }
    awaitEnd();
    assertThat(console()).hasContent("ab\nc");
  }

  @Test
  void oneWhoseVmmNeverCameIsEndedAtOnce() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.readString(Path.of("/proc/" + logger.pid() + "/comm")).equals("sh\n"));
    long start = System.nanoTime();
    ConsoleLogger.end(host, fifo());
    assertThat(host.isAlive(logger)).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void oneWhoseFifoIsGoneIsEndedToo() throws IOException {
    Files.delete(fifo());
    ConsoleLogger.end(host, fifo());
    assertThat(host.isAlive(logger)).isFalse();
  }

  @Test
  void goesOnWhenSomebodyTakesItsFileAway() throws IOException {
    byte[] text = new byte[BYTES * 10];
    Arrays.fill(text, (byte) 'x');
    try (OutputStream out = new FileOutputStream(fifo().toFile())) {
      out.write('x');
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> size(console()) == 1);
      Files.delete(console());
      out.write(text); // More than a FIFO holds: it returns only because somebody reads.
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> size(console()) == 0);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            out.write('y');
            return size(console()) > 0;
          });
    }
    awaitEnd();
    assertThat(Files.readString(console())).endsWith("y");
  }
}

package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Fifo;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
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
  private static final int LOG_BYTES = 3000;

  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;
  private List<FileChannel> held = List.of();
  private ProcessRef logger;

  @BeforeEach
  void start() throws IOException {
    Fifo.make(fifo());
    Fifo.make(logFifo());
    begin();
  }

  private void begin() throws IOException {
    held = List.of(ConsoleLogger.bothEnds(fifo()), ConsoleLogger.bothEnds(logFifo()));
    logger =
        ConsoleLogger.start(
            host,
            folder.resolve("cache"),
            List.of(
                new ConsoleLogger.Bounded(fifo(), console(), BYTES),
                new ConsoleLogger.Bounded(logFifo(), log(), LOG_BYTES)),
            logFifo());
  }

  @AfterEach
  void leavesNoProcess() throws IOException {
    release();
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

  private Path logFifo() {
    return folder.resolve("log.fifo");
  }

  private Path log() {
    return folder.resolve("vmm.log");
  }

  private Path older() {
    return folder.resolve("console.log.1");
  }

  private static void write(Path fifo, byte[] bytes) throws IOException {
    try (OutputStream out = new FileOutputStream(fifo.toFile())) {
      out.write(bytes);
    }
  }

  /** As the daemon does once the VMM has opened both. */
  private void release() throws IOException {
    for (FileChannel one : held) {
      one.close();
    }
  }

  private void awaitEnd() throws IOException {
    release();
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
    write(fifo(), text);
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
              "cache", "console.fifo", "console.log", "console.log.1", "log.fifo", "vmm.log");
    }
  }

  @Test
  void keepsAShortConsoleAsItIs() throws IOException {
    byte[] garbage = new byte[512];
    for (int at = 0; at < garbage.length; at++) {
      garbage[at] = (byte) at;
    }
    write(fifo(), garbage);
    awaitEnd();
    assertThat(Files.readAllBytes(console())).isEqualTo(garbage);
    assertThat(older()).doesNotExist();
    assertThat(log()).isEmptyFile();
  }

  @Test
  void aConsoleOfExactlyTheBoundIsKeptWhole() throws IOException {
    byte[] text = new byte[BYTES];
    Arrays.fill(text, (byte) 'x');
    write(fifo(), text);
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
  void keepsTheLogBesideTheConsoleEachInItsBound() throws IOException {
    byte[] text = new byte[LOG_BYTES * 5 + 7];
    new Random(2).nextBytes(text);
    write(logFifo(), text);
    write(fifo(), new byte[] {'a'});
    write(logFifo(), new byte[] {'b'});
    awaitEnd();
    assertThat(console()).hasContent("a");
    assertThat(Files.readAllBytes(ConsoleLogger.older(log())))
        .isEqualTo(Arrays.copyOfRange(text, LOG_BYTES * 4, LOG_BYTES * 5));
    assertThat(Files.size(log())).isEqualTo(8);
  }

  @Test
  void losesNothingOfAVmmThatEndsBeforeTheLoggerHasOpenedAnything() throws IOException {
    ConsoleLogger.end(host, fifo());
    release();
    begin();
    write(fifo(), new byte[] {'c'});
    write(logFifo(), new byte[] {'l'});
    awaitEnd();
    assertThat(console()).hasContent("c");
    assertThat(log()).hasContent("l");
  }

  @Test
  void endsOneFifoAfterTheOther() throws IOException {
    try (OutputStream console = new FileOutputStream(fifo().toFile())) {
      release();
      console.write('a');
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> size(console()) == 1);
      assertThat(host.isAlive(logger)).isTrue();
      console.write('b');
    }
    awaitEnd();
    assertThat(console()).hasContent("ab");
  }

  @Test
  void hasALowPriorityAndASessionOfItsOwn() throws IOException {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> stat()[16].equals("10")); // nice
    assertThat(stat()[3]).isEqualTo(Long.toString(logger.pid())); // session
  }

  /** The fields of proc(5) after the name. */
  private String[] stat() throws IOException {
    return Files.readString(Path.of("/proc/" + logger.pid() + "/stat")).split("[)] ")[1].split(" ");
  }

  @Test
  void oneWhoseVmmNeverCameEndsByItself() throws IOException {
    awaitEnd();
    assertThat(console()).isEmptyFile();
  }

  @Test
  void oneThatDoesNotEndIsEnded() {
    ConsoleLogger.end(host, fifo()); // Its FIFOs are still held open.
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
      out.write('y');
    }
    awaitEnd();
    assertThat(console()).hasContent("xy");
    assertThat(Files.size(older())).isEqualTo(BYTES);
  }

  @Test
  void aGuestIsNotHeldUpByAFullDisk() throws IOException {
    byte[] text = new byte[BYTES * 10];
    try (OutputStream out = new FileOutputStream(fifo().toFile())) {
      out.write('x');
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> size(console()) == 1);
      Files.delete(console());
      Files.createSymbolicLink(console(), Path.of("/dev/full"));
      out.write(text);
      Files.delete(console());
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

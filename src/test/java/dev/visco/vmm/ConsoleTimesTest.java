package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the bytes of a console were written. */
class ConsoleTimesTest {
  private static final Instant ONE = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant TWO = Instant.parse("2026-03-01T12:05:00Z");
  private static final Instant THREE = Instant.parse("2026-03-01T12:10:00Z");
  @TempDir private Path folder;
  private Path console;

  @BeforeEach
  void name() {
    console = folder.resolve("console.log");
  }

  private void write(String text, Instant at) throws IOException {
    Files.writeString(console, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    Files.setLastModifiedTime(console, FileTime.from(at));
  }

  private void mark() throws IOException {
    ConsoleTimes.read(console).mark();
  }

  private static String identity(Path file) throws IOException {
    return String.valueOf(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  @Test
  void aByteHasTheTimeOfTheFirstMarkBehindIt() throws IOException {
    mark();
    write("12345", ONE);
    mark();
    write("678", TWO);
    mark();
    mark();
    write("9", THREE);
    String file = identity(console);
    ConsoleTimes times = ConsoleTimes.read(console);
    assertThat(times.of(file, 0)).isEqualTo(ONE);
    assertThat(times.of(file, 4)).isEqualTo(ONE);
    assertThat(times.of(file, 5)).isEqualTo(TWO);
    assertThat(times.of(file, 8)).as("not yet marked").isEqualTo(THREE);
    assertThat(times.of(file, 1)).as("again from the beginning").isEqualTo(ONE);
    assertThat(Files.readAllLines(ConsoleTimes.file(console))).hasSize(2);
  }

  @Test
  void theOlderPartKeepsItsTimes() throws IOException {
    write("old", ONE);
    mark();
    write(" tail", TWO);
    Path older = Files.move(console, folder.resolve("console.log.1"));
    write("new", THREE);
    mark();
    ConsoleTimes times = ConsoleTimes.read(console);
    assertThat(times.of(identity(older), 0)).isEqualTo(ONE);
    assertThat(times.of(identity(older), 5)).as("before the next mark").isEqualTo(THREE);
    assertThat(times.of(identity(console), 0)).isEqualTo(THREE);
  }

  @Test
  void aConsoleOfALongTimeKeepsItsNewestMarks() throws IOException {
    ConsoleTimes times = ConsoleTimes.read(console);
    for (int line = 0; line < ConsoleTimes.MAX_MARKS + 10; line++) {
      write("x", ONE.plusSeconds(line));
      times.mark();
    }
    assertThat(Files.readAllLines(ConsoleTimes.file(console)))
        .hasSize(ConsoleTimes.MAX_MARKS / 2 + 10);
    ConsoleTimes read = ConsoleTimes.read(console);
    String file = identity(console);
    assertThat(read.of(file, ConsoleTimes.MAX_MARKS))
        .isEqualTo(ONE.plusSeconds(ConsoleTimes.MAX_MARKS));
    assertThat(read.of(file, 0)).as("of the first that is kept").isAfter(ONE);
  }

  @Test
  void aHalfWrittenLineIsNoMark() throws IOException {
    write("12345", ONE);
    mark();
    Files.writeString(ConsoleTimes.file(console), "17 4", StandardOpenOption.APPEND);
    assertThat(ConsoleTimes.read(console).of(identity(console), 0)).isEqualTo(ONE);
  }

  @Test
  void withoutMarksItIsTheFilesLastChange() throws IOException {
    write("12345", TWO);
    assertThat(ConsoleTimes.read(console).of(identity(console), 0)).isEqualTo(TWO);
    assertThat(ConsoleTimes.read(folder.resolve("none/console.log")).of("(x)", 0))
        .isEqualTo(Instant.EPOCH);
  }
}

package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.vmm.ConsoleTimes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The last lines of a console, wherever its file was begun anew. */
class ConsoleTailTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("console.log");
  }

  private String last(int lines) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var console = new ConsoleTail(file, lines)) {
      console.copyTo(out);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          0, ''
          1, 'c.'
          2, 'b.c.'
          3, 'a.b.c.'
          9, 'a.b.c.'
          -1, 'a.b.c.'
          """)
  void areAsManyAsAreWantedAndThere(int lines, String expected) throws IOException {
    Files.writeString(file, "a\nb\nc\n");
    assertThat(last(lines).replace('\n', '.')).isEqualTo(expected);
  }

  @Test
  void aLineThatIsNotYetEndedIsOne() throws IOException {
    Files.writeString(file, "a\nlogin: ");
    assertThat(last(1)).isEqualTo("login: ");
    assertThat(last(2)).isEqualTo("a\nlogin: ");
  }

  @Test
  void beginInTheOlderPartWhereTheFileHasLess() throws IOException {
    Files.writeString(folder.resolve("console.log.1"), "a\nb\nc\n");
    Files.writeString(file, "d\n");
    assertThat(last(1)).isEqualTo("d\n");
    assertThat(last(3)).isEqualTo("b\nc\nd\n");
    assertThat(last(9)).isEqualTo("a\nb\nc\nd\n");
  }

  @Test
  void aLineThatWasCutWhereTheFileWasFullIsOne() throws IOException {
    Files.writeString(folder.resolve("console.log.1"), "a\nb\nhalf of a ");
    Files.writeString(file, "line\nd\n");
    assertThat(last(1)).isEqualTo("d\n");
    assertThat(last(3)).isEqualTo("b\nhalf of a line\nd\n");
  }

  @Test
  void areFoundInALongFile() throws IOException {
    var text = new StringBuilder();
    for (int line = 0; line < 50_000; line++) {
      text.append("line ").append(line).append('\n');
    }
    Files.writeString(file, text);
    assertThat(last(20_000)).startsWith("line 30000\n").endsWith("line 49999\n");
  }

  private String timed(int lines, boolean isStamped, String since) throws IOException {
    var out = new ByteArrayOutputStream();
    var view = new ConsoleView(lines, isStamped, since.isEmpty() ? null : Instant.parse(since));
    try (ConsoleTail console = view.open(file)) {
      console.copyTo(view.to(out, file));
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private void grow(Path at, String text, String time) throws IOException {
    Files.writeString(at, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    Files.setLastModifiedTime(at, FileTime.from(Instant.parse(time)));
    ConsoleTimes.read(file).mark();
  }

  @Test
  void eachLineHasItsTimeAndOlderOnesCanBeLeftOut() throws IOException {
    grow(file, "a\nb", "2026-03-01T12:00:00Z");
    grow(file, "b\n", "2026-03-01T12:01:00Z");
    Files.move(file, folder.resolve("console.log.1"));
    grow(file, "c\n", "2026-03-01T12:02:00Z");
    assertThat(timed(ConsoleTail.ALL, true, ""))
        .isEqualTo(
            """
            2026-03-01T12:00:00Z a
            2026-03-01T12:00:00Z bb
            2026-03-01T12:02:00Z c
            """);
    assertThat(timed(2, true, "")).isEqualTo("2026-03-01T12:00:00Z bb\n2026-03-01T12:02:00Z c\n");
    assertThat(timed(ConsoleTail.ALL, false, "2026-03-01T12:01:30Z")).isEqualTo("c\n");
    assertThat(timed(ConsoleTail.ALL, false, "2026-03-01T12:03:00Z")).isEmpty();
  }

  @Test
  void isEmptyWithoutAConsoleAndGoesOnWithWhatIsAppended() throws IOException {
    assertThat(last(5)).isEmpty();
    Files.writeString(file, "a\nb\n");
    var out = new ByteArrayOutputStream();
    try (var console = new ConsoleTail(file, 1)) {
      console.copyTo(out);
      Files.writeString(file, "c\n", StandardOpenOption.APPEND);
      console.copyTo(out);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("b\nc\n");
  }
}

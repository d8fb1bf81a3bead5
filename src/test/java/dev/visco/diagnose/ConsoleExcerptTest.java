package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.FileLines;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleExcerptTest {
  @TempDir Path folder;

  private static String of(Iterable<String> lines) {
    var excerpt = new ConsoleExcerpt();
    lines.forEach(excerpt::line);
    return excerpt.text();
  }

  @Test
  void anOrdinaryConsoleIsKeptWhole() {
    assertThat(of(List.of("one\r", "", "\u001b[31mtwo\u001b[0m", "three")))
        .isEqualTo("one\n\ntwo\nthree\n");
    assertThat(of(List.of())).isEmpty();
  }

  @Test
  void ofALongOneBeginningEndAndWhatRulesAskForAreKept() {
    var lines = new ArrayList<String>();
    for (int number = 0; number < 100_000; number++) {
      lines.add(number == 50_000 ? "Kernel panic - not syncing: x" : "noise number " + number);
    }
    String text = of(lines);
    assertThat(text.length()).isLessThan(3 * ConsoleExcerpt.MAX_PART + 1000);
    assertThat(text)
        .startsWith("noise number 0\n")
        .endsWith("noise number 99999\n")
        .contains("\nKernel panic - not syncing: x\n")
        .containsPattern("\n\\[\\d+ lines are left out before this one]\n");
    assertThat(new ConsoleFindings(text).has(ConsoleMessage.PANIC)).isTrue();
  }

  @Test
  void whatAHostileGuestPrintsStaysWithinItsBounds() {
    assertThat(of(java.util.Collections.nCopies(20, "Kernel panic".repeat(100_000))))
        .hasSize(20 * 601);
    assertThat(of(java.util.Collections.nCopies(1_000_000, "EXT4-fs")).length())
        .isLessThan(3 * ConsoleExcerpt.MAX_PART + 1000);
  }

  @Test
  void aFileIsReadLineByLineWithinItsBounds() throws IOException {
    Path file = folder.resolve("console.log");
    Files.writeString(file, "one\n\nüüü" + "x".repeat(10_000) + "\nlast");
    var lines = new ArrayList<String>();
    FileLines.each(file, 1 << 20, 100, lines::add);
    assertThat(lines).hasSize(4).startsWith("one", "").endsWith("last");
    assertThat(lines.get(2)).isEqualTo("üüü" + "x".repeat(94));
    FileLines.each(
        folder.resolve("none"),
        10,
        10,
        line -> {
          throw new AssertionError(line);
        });
  }

  @Test
  void ofAHugeFileBeginningAndEndAreRead() throws IOException {
    Path file = folder.resolve("console.log");
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write("first\n".getBytes(StandardCharsets.UTF_8));
      out.setLength(4L << 30);
      out.seek(out.length());
      out.write("\nlast".getBytes(StandardCharsets.UTF_8));
    }
    var lines = new ArrayList<String>();
    FileLines.each(file, 1 << 20, 100, lines::add);
    assertThat(lines).hasSize(4).startsWith("first").endsWith("last");
  }
}

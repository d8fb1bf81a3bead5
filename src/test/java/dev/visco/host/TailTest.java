package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("vmm.log");
  }

  @Test
  void whatStandsBeforeTheEndIsNeverRead() throws IOException {
    // More than any array can hold, in no block of the disk.
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(4L << 30);
      out.seek(out.length());
      out.write("\nfirst\nlast\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(Tail.text(file, 12)).isEqualTo("\nfirst\nlast\n");
    assertThat(Tail.bytes(file, 100_000)).hasSize(100_000);
    assertThat(Tail.lines(file, 2)).containsExactly("first", "last");
    assertThat(Tail.said(file)).endsWith("first; last");
  }

  @Test
  void aShortFileIsReadWhole() throws IOException {
    Files.writeString(file, "üone\n\n\u001b[2Jtwo\r\n");
    assertThat(Tail.text(file, 1000)).isEqualTo("üone\n\n\u001b[2Jtwo\r\n");
    assertThat(Tail.lines(file, 5)).containsExactly("üone", "two");
    assertThat(Tail.lines(file, 1)).containsExactly("two");
  }

  @Test
  void aCharacterThatIsCutInTwoIsLeftOut() throws IOException {
    Files.writeString(file, "ab漢c");
    assertThat(Tail.text(file, 3)).isEqualTo("c");
    assertThat(Tail.text(file, 4)).isEqualTo("漢c");
  }

  @Test
  void whereThereIsNoFileThereIsNothing() throws IOException {
    assertThat(Tail.bytes(file, 10)).isEmpty();
    assertThat(Tail.said(file)).isEqualTo("it said nothing, there is no " + file);
    Files.createFile(file);
    assertThat(Tail.said(file)).isEqualTo("it said nothing, see the console");
    Fifo.make(folder.resolve("fifo"));
    assertThat(Tail.bytes(folder.resolve("fifo"), 10)).isEmpty();
    assertThat(Tail.bytes(folder, 10)).isEmpty();
  }

  @Test
  void whatALogSaysIsTextForPeople() throws IOException {
    Files.writeString(file, "a\u001b]52;c;eA==\u0007b\n" + "x".repeat(5000) + "\n");
    assertThat(Tail.said(file)).hasSize(2 + 2 + 600).startsWith("ab; xxx");
  }
}

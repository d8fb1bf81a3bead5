package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TwoPassCopyTest {
  private static final int BLOCK = 1 << 16;
  private static final long BYTES = 70L << 20;

  @TempDir private Path folder;
  private final Random random = new Random(31);
  private Path file;
  private Path copy;

  @BeforeEach
  void files() throws IOException {
    file = folder.resolve("file");
    copy = Files.createFile(folder.resolve("copy"));
    try (var written = new RandomAccessFile(file.toFile(), "rw")) {
      written.setLength(BYTES);
      for (int part = 0; part < 40; part++) {
        write(written, random.nextLong(BYTES), 200_000);
      }
    }
  }

  private void write(RandomAccessFile written, long at, int bytes) throws IOException {
    byte[] content = new byte[(int) Math.min(bytes, BYTES - at)];
    random.nextBytes(content);
    written.seek(at);
    written.write(content);
  }

  @Test
  void holdsWhatWasThereAtTheSecondPassAndItsHoles() throws IOException {
    TwoPassCopy.first(file, copy);
    assertThat(copy).hasSameBinaryContentAs(file);
    try (var written = new RandomAccessFile(file.toFile(), "rw")) {
      for (int part = 0; part < 200; part++) {
        write(written, random.nextLong(BYTES), 1 + random.nextInt(3 * BLOCK));
      }
      // Longer, with an odd end; and a part that is gone.
      written.setLength(BYTES + 12_345);
      written.seek(BYTES + 12_000);
      written.write(7);
      written.seek(5 << 20);
      written.write(new byte[3 << 20]);
    }
    TwoPassCopy.second(file, copy);
    assertThat(copy).hasSameBinaryContentAs(file);
    assertThat(SparseFile.taken(copy)).isLessThan(BYTES - (10 << 20));
  }

  @Test
  void aFileThatBecameShorterOrWasEmptiedIsFollowed() throws IOException {
    TwoPassCopy.first(file, copy);
    try (var written = new RandomAccessFile(file.toFile(), "rw")) {
      written.setLength(0);
      written.setLength(40 << 20);
    }
    TwoPassCopy.second(file, copy);
    assertThat(copy).hasSameBinaryContentAs(file);
  }

  @Test
  void whatIsEqualIsNotWrittenAgain() throws IOException {
    TwoPassCopy.first(file, copy);
    var before = Files.getLastModifiedTime(copy);
    TwoPassCopy.second(file, copy);
    assertThat(Files.getLastModifiedTime(copy)).isEqualTo(before);
  }

  @Test
  void aFileThatIsNotThereIsAFault() {
    assertThatThrownBy(() -> TwoPassCopy.first(folder.resolve("none"), copy))
        .isInstanceOf(IOException.class);
  }
}

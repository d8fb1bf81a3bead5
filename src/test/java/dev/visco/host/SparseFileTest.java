package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.SparseFile.DataRange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  private static final int MIB = 1 << 20;
  @TempDir Path folder;

  private Path sparse() throws IOException {
    Path file = folder.resolve("sparse");
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(8 * MIB);
      access.seek(2 * MIB);
      access.write(new byte[] {1, 2, 3});
      access.seek(8 * MIB - 1);
      access.write(9);
    }
    return file;
  }

  @Test
  void tellsWhereDataIs() throws IOException {
    assertThat(SparseFile.data(sparse()))
        .hasSizeBetween(1, 2) // One where the file system knows no holes.
        .anyMatch(range -> range.start() <= 2 * MIB && range.end() >= 2 * MIB + 3)
        .anyMatch(range -> range.end() == 8 * MIB);
    Path file = Files.write(folder.resolve("full"), new byte[] {1, 2});
    assertThat(SparseFile.data(file)).containsExactly(new DataRange(0, 2));
  }

  @Test
  void emptyFilesAndHolesHaveNone() throws IOException {
    assertThat(SparseFile.data(Files.createFile(folder.resolve("empty")))).isEmpty();
    assertThatThrownBy(() -> SparseFile.data(folder.resolve("none")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none");
  }

  @Test
  void laysDataOverWhatIsThere() throws IOException {
    Path target = folder.resolve("target");
    try (var access = new RandomAccessFile(target.toFile(), "rw")) {
      access.setLength(8 * MIB);
    }
    SparseFile.overlay(sparse(), target);
    assertThat(target).hasSameBinaryContentAs(folder.resolve("sparse"));
  }
}

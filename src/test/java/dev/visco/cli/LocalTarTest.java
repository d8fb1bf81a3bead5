package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that a guest may have made up are unpacked with bounds. */
class LocalTarTest {
  @TempDir private Path folder;

  private static byte[] archive(String name, int headerBytes) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      var entry = new TarArchiveEntry(name);
      entry.setSize(5);
      Map.of("visco.padding", "x".repeat(headerBytes)).forEach(entry::addPaxHeader);
      tar.putArchiveEntry(entry);
      tar.write("hello".getBytes(StandardCharsets.UTF_8));
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  private void read(byte[] archive) throws IOException {
    LocalTar.read(new ByteArrayInputStream(archive), folder);
  }

  @Test
  void aFileOfIt() throws IOException {
    read(archive("file", 1000));
    assertThat(folder.resolve("file")).hasContent("hello");
  }

  @Test
  void headersOfAnyLengthAreNotHeld() throws IOException {
    byte[] large = archive("file", 1 << 20);
    assertThatThrownBy(() -> read(large))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll("FROM", "bytes of headers");
    byte[] named = archive("n".repeat(5000), 1);
    assertThatThrownBy(() -> read(named))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is a name of more than");
    assertThat(folder).isEmptyDirectory();
  }
}

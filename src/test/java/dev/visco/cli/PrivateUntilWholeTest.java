package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is copied out of a VM is nobody else's to read while it is written. */
class PrivateUntilWholeTest {
  @TempDir private Path folder;

  private Set<String> modes() throws IOException {
    List<String> modes = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path one : all.toList()) {
        modes.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)));
      }
    }
    return Set.copyOf(modes);
  }

  @Test
  void aFileGetsItsPermissionsWhenItIsComplete() throws IOException {
    WholeFile.write(
        folder.resolve("file"),
        true,
        PosixFilePermissions.fromString("rwxr-xr-x"),
        out -> {
          assertThat(modes()).containsExactly("rw-------");
          out.write(1);
        });
    assertThat(modes()).containsExactly("rwxr-xr-x");
  }

  @Test
  void aFileOfAnArchiveGetsItsPermissionsWhenItIsComplete() throws IOException {
    var archive = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(archive)) {
      var entry = new TarArchiveEntry("file", true);
      entry.setSize(500_000);
      entry.setMode(0640);
      tar.putArchiveEntry(entry);
      tar.write(new byte[500_000]);
      tar.closeArchiveEntry();
    }
    var seen = new HashSet<String>();
    LocalTar.read(
        new FilterInputStream(new ByteArrayInputStream(archive.toByteArray())) {
          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            seen.addAll(modes());
            int count = super.read(bytes, offset, Math.min(length, 10_000));
            return count;
          }
        },
        folder);
    assertThat(seen).contains("rw-------").isSubsetOf("rw-------", "rw-r-----");
    assertThat(modes()).containsExactly("rw-r-----");
  }
}

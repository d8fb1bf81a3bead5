package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
  @TempDir private Path folder;

  /** The folder can be entered by everybody, and whoever can read the lock can hold up imports. */
  @Test
  void itsLockIsForItsOwnerAlone() throws Exception {
    Path lock = Files.createFile(folder.resolve("lock"));
    Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-r--r--"));
    var store = new ImageStore(new LinuxHost(), folder);
    assertThat(store.<String>locked((what, share) -> {}, () -> "done")).isEqualTo("done");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
        .isEqualTo("rw-------");
  }
}

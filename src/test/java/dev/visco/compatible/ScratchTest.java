package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the folder for temporary files is of no use. */
class ScratchTest {
  @TempDir private Path folder;

  @Test
  void anotherFolderDoesAsWell() throws Exception {
    Path missing = folder.resolve("missing");
    Path file = Files.writeString(folder.resolve("file"), "");
    Path good = Files.createDirectory(folder.resolve("good"));
    Path made = Scratch.folder("visco", List.of(missing, file, good, folder));
    assertThat(made).hasParent(good);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
  }

  @Test
  void whereNoneDoesTheFirstOnesReasonIsTold() {
    assertThatThrownBy(() -> Scratch.folder("visco", List.of(folder.resolve("missing"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(() -> Scratch.folder("visco", List.of())).isInstanceOf(IOException.class);
  }
}

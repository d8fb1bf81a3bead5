package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FolderLockTest {
  @TempDir Path folder;

  @Test
  void neitherAskingNorARefusedSecondOpenDropsTheLock() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    try (var store = Store.open(folder)) {
      for (Path name : new Path[] {folder, link}) {
        assertThatThrownBy(() -> Store.open(name))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("Process " + ProcessHandle.current().pid() + " uses");
        assertThat(Store.holder(name)).contains(ProcessHandle.current().pid());
      }
      try (var other = new OtherProcess(folder)) {
        assertThat(other.line())
            .contains("Process " + ProcessHandle.current().pid() + " uses the data folder")
            .contains("VISCO_DATA");
      }
      assertThat(store.fact("colour", "red")).isEqualTo("red");
    }
    assertThat(Store.holder(folder)).isEmpty();
  }

  @Test
  void anotherProcessIsNamedAsLongAsItLives() throws Exception {
    assertThat(Store.holder(folder.resolve("none"))).isEmpty();
    try (var other = new OtherProcess(folder)) {
      other.line();
      assertThat(Store.holder(folder)).contains(other.pid());
      assertThatThrownBy(() -> Store.open(folder))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Process " + other.pid() + " uses the data folder " + folder);
      other.kill("");
      assertThat(Store.holder(folder)).isEmpty();
    }
    Store.open(folder).close();
  }

  @Test
  void aFolderThatCannotBeIsRefusedWithTheWayOut() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> Store.open(file.resolve("below")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The data folder " + file.resolve("below") + " cannot be used")
        .hasMessageContaining("VISCO_DATA");
  }
}

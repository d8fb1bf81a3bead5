package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.DiskReserve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On which file system a folder lies, now and once it is somewhere else. */
class DiskRoomTest {
  /** In memory on every Linux, and so no file system of a temporary folder's. */
  private static final Path ELSEWHERE = Path.of("/proc");

  @TempDir private Path folder;

  private static DiskRoom of(Path folder) {
    return DiskRoom.of(folder, DiskReserve.NONE);
  }

  @Test
  void foldersOfOneFileSystemHaveTheSameRoom() {
    DiskRoom room = of(folder);
    assertThat(room.isSameAs(of(folder.resolve("not-made-yet/below")))).isTrue();
    assertThat(room.isSameAs(of(ELSEWHERE))).isFalse();
    assertThat(room.total()).isPositive();
  }

  @Test
  void aLinkIsWhereItLeadsToAlsoWhenItIsMadeLater() throws IOException {
    Path volumes = folder.resolve("volumes");
    DiskRoom room = of(volumes);
    assertThat(room.isSameAs(of(folder))).isTrue();
    Files.createSymbolicLink(volumes, ELSEWHERE);
    assertThat(room.isSameAs(of(folder))).isFalse();
    assertThat(room.isSameAs(of(ELSEWHERE))).isTrue();
  }

  @Test
  void oneThatATestMakesIsItsOwn() {
    var one = new DiskRoom(() -> 1, () -> 2, DiskReserve.NONE);
    assertThat(one.isSameAs(one)).isTrue();
    assertThat(one.isSameAs(new DiskRoom(() -> 1, () -> 2, DiskReserve.NONE))).isFalse();
  }
}

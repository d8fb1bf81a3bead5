package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file system of btrfs-progs 6.2 (mkfs.btrfs --mixed -n 4096), with the subvolumes root, home and
 * root/inner.
 */
class BtrfsSubvolumesTest {
  @TempDir Path folder;
  private Path disk;

  @BeforeEach
  void unpack() throws IOException {
    disk = folder.resolve("disk");
    try (InputStream packed =
            Objects.requireNonNull(
                getClass().getResourceAsStream("/disks/btrfs-subvolumes.img.gz"));
        var plain = new GZIPInputStream(packed)) {
      Files.copy(plain, disk);
    }
  }

  @Test
  void theRootIsFoundByItsUsualName() throws IOException {
    BtrfsSubvolumes found = BtrfsSubvolumes.of(disk, 0).orElseThrow();
    assertThat(found.names()).containsExactly("root", "home");
    assertThat(found.isDefaultNamed()).isFalse();
    assertThat(found.root()).isEqualTo("root");
    assertThat(found.isUnclear()).isFalse();
    assertThat(RootProbe.of(disk).type()).isEqualTo("btrfs");
  }

  @Test
  void whatIsMountedWithoutANameCountsAndTwoThatFitAreUnclear() {
    assertThat(new BtrfsSubvolumes(true, List.of("root")).root()).isNull();
    assertThat(new BtrfsSubvolumes(true, List.of("x")).isUnclear()).isFalse();
    assertThat(new BtrfsSubvolumes(false, List.of()).isUnclear()).isFalse();
    var two = new BtrfsSubvolumes(false, List.of("root", "@"));
    assertThat(two.root()).isNull();
    assertThat(two.isUnclear()).isTrue();
  }

  @Test
  void inAPartitionAndNowhere() throws IOException {
    Path partitioned = folder.resolve("partitioned");
    byte[] content = Files.readAllBytes(disk);
    try (var file = new RandomAccessFile(partitioned.toFile(), "rw")) {
      file.seek(1 << 20);
      file.write(content);
    }
    assertThat(BtrfsSubvolumes.of(partitioned, 1 << 20)).isEqualTo(BtrfsSubvolumes.of(disk, 0));
    assertThat(BtrfsSubvolumes.of(partitioned, 0)).isEmpty();
  }

  /** Whatever its trees say, reading them ends. */
  @Test
  void damagedTreesAreReadOrNot() throws IOException {
    byte[] content = Files.readAllBytes(disk);
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      Path changed = Files.write(folder.resolve("changed"), content);
      try (var file = new RandomAccessFile(changed.toFile(), "rw")) {
        for (int times = 0; times < 100; times++) {
          boolean isSuper = random.nextInt(4) == 0;
          file.seek(isSuper ? 0x10048 + random.nextInt(0x400) : random.nextInt(content.length - 8));
          file.writeInt(random.nextInt());
        }
      }
      BtrfsSubvolumes.of(changed, 0)
          .ifPresent(found -> assertThat(found.names()).hasSizeLessThanOrEqualTo(1000));
    }
  }
}

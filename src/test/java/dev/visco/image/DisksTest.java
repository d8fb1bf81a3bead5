package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM's root disk in the format that its VMM takes. */
class DisksTest {
  private static final int UID = 61_234;
  private static final long SIZE = 64L << 20;
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private final Disks disks = new Disks(host);
  private Image image;

  @BeforeEach
  void make() throws IOException {
    Image made = MadeImages.with(host, folder.resolve("images"), "cli").image("cli");
    Path sparse = folder.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(sparse, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1}), 0);
      channel.write(ByteBuffer.wrap(new byte[] {2}), SIZE - 1);
    }
    image =
        new Image(
            made.digest(), made.manifest(), made.kernel(), made.initrd(), sparse, made.created());
  }

  private Path vm(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  private long blocks(Path file) {
    return Long.parseLong(
        host.check(Command.of("stat", "--format=%b", file.toString())).output().strip());
  }

  @Test
  void aLayerIsTakenWhereTheVmmTakesOne() {
    assertThat(Disks.rootFormat(Set.of(BootSpec.DiskFormat.RAW)))
        .isEqualTo(BootSpec.DiskFormat.RAW);
    assertThat(Disks.rootFormat(Set.of(BootSpec.DiskFormat.values())))
        .isEqualTo(BootSpec.DiskFormat.QCOW2);
  }

  @Test
  void aRawDiskIsACopyWithHolesThatOnlyItsVmmReads() throws IOException {
    Path vm = vm("vm");
    Files.writeString(vm.resolve("root.raw"), "half of an earlier try");
    BootSpec.Disk disk = disks.root(image, vm, UID, BootSpec.DiskFormat.RAW);
    assertThat(disk)
        .isEqualTo(new BootSpec.Disk(vm.resolve("root.raw"), BootSpec.DiskFormat.RAW, false));
    assertThat(disk.file()).hasSize(SIZE).hasSameBinaryContentAs(image.rootfs());
    assertThat(blocks(disk.file())).as("holes stay holes").isLessThan(SIZE / 512 / 8);
    assertThat(Files.getAttribute(disk.file(), "unix:uid")).isEqualTo(UID);
    assertThat(Files.getPosixFilePermissions(disk.file()).toString()).doesNotContain("OTHERS");
    assertThat(Disks.root(vm)).isEqualTo(disk);
  }

  @Test
  void itsRoomIsWhatTheImageTakesAndNotItsLength() {
    assertThat(disks.rootMib(image, BootSpec.DiskFormat.QCOW2)).isZero();
    assertThat(disks.rootMib(image, BootSpec.DiskFormat.RAW)).isBetween(1L, 2L);
  }

  @Test
  void aCopyOfAVmsDiskKeepsItsFormat() throws IOException {
    Path raw = vm("raw");
    disks.root(image, raw, UID, BootSpec.DiskFormat.RAW);
    Files.writeString(raw.resolve("root.raw"), "written by its guest");
    BootSpec.Disk copy = disks.copyRoot(raw, vm("copy"), UID + 1);
    assertThat(copy.format()).isEqualTo(BootSpec.DiskFormat.RAW);
    assertThat(copy.file()).hasContent("written by its guest");
    assertThat(Files.getAttribute(copy.file(), "unix:uid")).isEqualTo(UID + 1);

    Path layered = vm("layered");
    Files.writeString(layered.resolve("root.qcow2"), "a layer");
    assertThat(disks.copyRoot(layered, vm("copy of a layer"), UID).format())
        .isEqualTo(BootSpec.DiskFormat.QCOW2);
  }
}

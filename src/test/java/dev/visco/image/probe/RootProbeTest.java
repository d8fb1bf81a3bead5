package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Disks made by the usual tools, and superblocks written by hand for those that are not at hand.
 */
class RootProbeTest {
  private static final String UUID = "a0b1c2d3-0405-0607-0809-0a0b0c0d0e0f";
  private static final String PARTITION = "12345678-9abc-def0-1234-56789abcdef0";
  private static final InitrdProbe ANY =
      new InitrdProbe(List.of(), List.of(), new TreeSet<>(), true, false, List.of());
  private static final InitrdProbe OURS =
      new InitrdProbe(List.of(), List.of(), new TreeSet<>(), true, true, List.of());
  private final Host host = new LinuxHost();
  @TempDir Path folder;

  private Path disk(long bytes) throws IOException {
    Path disk = folder.resolve("disk");
    Files.deleteIfExists(disk);
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(bytes);
    }
    return disk;
  }

  private void write(Path disk, long at, byte[] bytes) throws IOException {
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    }
  }

  private void ext(String type, Path disk, long offset, int kib) {
    host.check(
        Command.of(
            "mke2fs",
            "-q",
            "-F",
            "-t",
            type,
            "-U",
            UUID,
            "-L",
            "root",
            "-E",
            "offset=" + offset,
            disk.toString(),
            kib + "k"));
  }

  private Path gpt(String... arguments) throws IOException {
    Path disk = disk(8 << 20);
    var all = new java.util.ArrayList<>(List.of("sgdisk"));
    all.addAll(List.of(arguments));
    all.add(disk.toString());
    host.check(Command.of(all));
    return disk;
  }

  /** An MBR with one Linux partition of 4 MiB at 1 MiB. */
  private Path mbr(int signature) throws IOException {
    Path disk = disk(8 << 20);
    var sector = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    sector.putInt(440, signature).put(446 + 4, (byte) 0x83);
    sector.putInt(446 + 8, 2048).putInt(446 + 12, 8192).putShort(510, (short) 0xaa55);
    write(disk, 0, sector.array());
    ext("ext4", disk, 1 << 20, 4096);
    return disk;
  }

  @Test
  void aPartitionOfAGptIsFoundByItsPartuuidWithAndWithoutAnInitramfs() throws IOException {
    Path disk = gpt("--new=1:2048:+4M", "--partition-guid=1:" + PARTITION);
    ext("ext4", disk, 1 << 20, 4096);
    RootProbe found = RootProbe.of(disk);
    assertThat(found.table()).isEqualTo("gpt");
    assertThat(found.partition()).isEqualTo(1);
    assertThat(found.partitionUuid()).isEqualTo(PARTITION);
    assertThat(found.fileSystemUuid()).isEqualTo(UUID);
    assertThat(found.type()).isEqualTo("ext4");
    assertThat(found.label()).isEqualTo("root");
    assertThat(found.features()).contains("has_journal", "extent", "64bit", "metadata_csum");
    for (InitrdProbe initrd : new InitrdProbe[] {null, ANY, OURS}) {
      assertThat(found.name(initrd).root()).isEqualTo("PARTUUID=" + PARTITION);
      assertThat(found.name(initrd).why()).isNotBlank();
    }
  }

  @ParameterizedTest
  @CsvSource({"ext2", "ext3", "ext4"})
  void aBareFileSystemIsFoundByItsUuidWhereAnInitramfsLooks(String type) throws IOException {
    Path disk = disk(4 << 20);
    ext(type, disk, 0, 4096);
    RootProbe found = RootProbe.of(disk);
    assertThat(found.table()).isNull();
    assertThat(found.type()).isEqualTo(type);
    assertThat(found.kernelOption()).isEqualTo("EXT4_FS");
    assertThat(found.name(ANY).root()).isEqualTo("UUID=" + UUID);
    assertThat(found.name(null).root()).isEqualTo("/dev/vda");
    assertThat(found.name(null).why()).contains("vda, on MMIO and on PCI");
  }

  @Test
  void aPartitionOfAnMbrIsFoundByThePartuuidThatTheKernelMakesUp() throws IOException {
    RootProbe found = RootProbe.of(mbr(0x0badcafe));
    assertThat(found.table()).isEqualTo("mbr");
    assertThat(found.partitionUuid()).isEqualTo("0badcafe-01");
    assertThat(found.name(null).root()).isEqualTo("PARTUUID=0badcafe-01");
    assertThat(found.name(ANY).root()).isEqualTo("PARTUUID=0badcafe-01");
    // Our own initramfs does not read the MBR.
    assertThat(found.name(OURS).root()).isEqualTo("UUID=" + UUID);
  }

  @Test
  void anMbrWithoutASignatureHasNoIds() throws IOException {
    RootProbe found = RootProbe.of(mbr(0));
    assertThat(found.partitionUuid()).isNull();
    assertThat(found.name(null).root()).isEqualTo("/dev/vda1");
    assertThat(found.name(ANY).root()).isEqualTo("UUID=" + UUID);
  }

  @Test
  void ofSeveralPartitionsTheMarkedOneIsTheRoot() throws IOException {
    Path disk =
        gpt(
            "--new=1:2048:+1M",
            "--new=2:4096:+2M",
            "--typecode=2:8304",
            "--partition-guid=2:" + PARTITION);
    ext("ext2", disk, 1 << 20, 1024);
    ext("ext2", disk, 2 << 20, 2048);
    RootProbe found = RootProbe.of(disk);
    assertThat(found.partition()).isEqualTo(2);
    assertThat(found.partitionUuid()).isEqualTo(PARTITION);
  }

  /** As on Ubuntu's cloud images since 24.04. */
  @Test
  void aPartitionForBootIsNeverTheRoot() throws IOException {
    Path disk = gpt("--new=1:4096:+2M", "--new=16:2048:+1M", "--typecode=16:EA00");
    ext("ext2", disk, 1 << 20, 1024);
    ext("ext2", disk, 2 << 20, 2048);
    assertThat(RootProbe.of(disk).partition()).isEqualTo(1);
  }

  @Test
  void ofSeveralPartitionsNoneIsGuessed() throws IOException {
    Path disk = gpt("--new=1:2048:+1M", "--new=2:4096:+2M");
    ext("ext2", disk, 1 << 20, 1024);
    ext("ext2", disk, 2 << 20, 2048);
    assertThatThrownBy(() -> RootProbe.of(disk))
        .hasMessageContaining("several partitions that may be the root: 1 (ext2), 2 (ext2)")
        .hasMessageContaining("8304");
  }

  private static void put(Path disk, long at, String text) throws IOException {
    try (var file = new java.io.RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(at);
      file.write(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }
  }

  /** As installers lay it out: a file system for /boot, and the root on a volume. */
  @Test
  void aRootOnAVolumeIsRefusedByName() throws IOException {
    Path disk = gpt("--new=1:2048:+1M", "--typecode=1:EA00", "--new=2:4096:+2M");
    ext("ext2", disk, 1 << 20, 1024);
    put(disk, (2 << 20) + 512, "LABELONE");
    assertThatThrownBy(() -> RootProbe.of(disk))
        .hasMessageContaining("there is: 2 (a volume of LVM)")
        .hasMessageContaining("cannot be a root here");
    put(disk, 2 << 20, "LUKS\u00ba\u00be");
    assertThatThrownBy(() -> RootProbe.of(disk))
        .hasMessageContaining("there is: 2 (an encrypted LUKS volume)");
    // Beside a root it may hold data.
    Path other = gpt("--new=1:2048:+1M", "--new=2:4096:+2M");
    ext("ext2", other, 1 << 20, 1024);
    put(other, (2 << 20) + 512, "LABELONE");
    assertThat(RootProbe.of(other).partition()).isEqualTo(1);
    assertThat(RootProbe.of(other).unknown())
        .singleElement()
        .asString()
        .contains("what is on partition 2 (a volume of LVM)");
  }

  @Test
  void aBareVolumeIsRefusedByName() throws IOException {
    Path disk = Files.write(folder.resolve("bare"), new byte[1 << 20]);
    put(disk, 512, "LABELONE");
    assertThatThrownBy(() -> RootProbe.of(disk)).hasMessageContaining("is a volume of LVM");
    put(disk, 0, "LUKS\u00ba\u00be");
    assertThatThrownBy(() -> RootProbe.of(disk))
        .hasMessageContaining("is an encrypted LUKS volume")
        .hasMessageContaining("cannot be a root here");
  }

  @Test
  void aPartitionWithoutAKnownFileSystemIsRefused() throws IOException {
    Path disk = gpt("--new=1:2048:+4M");
    assertThatThrownBy(() -> RootProbe.of(disk)).hasMessageContaining("has 1 partitions (gpt)");
  }

  @Test
  void aRootPartitionForAarch64IsRefused() throws IOException {
    Path disk = gpt("--new=1:2048:+4M", "--typecode=1:8305");
    ext("ext4", disk, 1 << 20, 4096);
    assertThatThrownBy(() -> RootProbe.of(disk)).hasMessageContaining("aarch64");
  }

  @Test
  void readsTheSuperblocksOfOtherFileSystems() throws IOException {
    byte[] id = HexFormat.of().parseHex(UUID.replace("-", ""));
    Path xfs = disk(1 << 20);
    write(
        xfs,
        0,
        ByteBuffer.allocate(128)
            .put("XFSB".getBytes(StandardCharsets.US_ASCII))
            .putInt(4, 4096)
            .putLong(8, 256)
            .put(32, id)
            .array());
    assertThat(RootProbe.of(xfs))
        .extracting(RootProbe::type, RootProbe::fileSystemUuid)
        .containsExactly("xfs", UUID);

    Path btrfs = disk(1 << 20);
    var block = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    block
        .put(32, id)
        .put(0x40, "_BHRfS_M".getBytes(StandardCharsets.US_ASCII))
        .putLong(0x70, 1 << 20);
    write(btrfs, 0x10000, block.array());
    assertThat(RootProbe.of(btrfs))
        .extracting(RootProbe::type, RootProbe::fileSystemUuid)
        .containsExactly("btrfs", UUID);

    Path erofs = disk(1 << 20);
    var super2 = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    super2.putInt(0, 0xe0f5e1e2).put(12, (byte) 12).putInt(36, 256).put(48, id);
    write(erofs, 1024, super2.array());
    assertThat(RootProbe.of(erofs))
        .extracting(RootProbe::type, RootProbe::fileSystemUuid)
        .containsExactly("erofs", UUID);

    Path squashfs = disk(1 << 20);
    var super3 = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
    super3.put(0, "hsqs".getBytes(StandardCharsets.US_ASCII)).putLong(40, 1 << 20);
    write(squashfs, 0, super3.array());
    RootProbe found = RootProbe.of(squashfs);
    assertThat(found.type()).isEqualTo("squashfs");
    assertThat(found.fileSystemUuid()).isNull();
    assertThat(found.name(ANY).root()).isEqualTo("/dev/vda");
  }

  @Test
  void aFileSystemThatIsLongerThanItsFileWasCutOff() throws IOException {
    Path disk = disk(4 << 20);
    ext("ext4", disk, 0, 4096);
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(3 << 20);
    }
    assertThatThrownBy(() -> RootProbe.of(disk))
        .hasMessageContaining("is cut off: its ext4 file system has 4194304 bytes")
        .hasMessageContaining("3145728");
  }

  @Test
  void whatIsNoRawDiskIsRefusedWithTheWayToConvertIt() throws IOException {
    Path qcow = folder.resolve("debian.qcow2");
    host.check(Command.of("qemu-img", "create", "-q", "-f", "qcow2", qcow.toString(), "1M"));
    assertThatThrownBy(() -> RootProbe.of(qcow))
        .hasMessageContaining("rootfs \"" + qcow + "\" begins with 51 46 49 fb")
        .hasMessageContaining("a qcow2 disk")
        .hasMessageContaining("qemu-img convert -O raw debian.qcow2 root.img");
    Path archive = folder.resolve("root.tar.gz");
    Files.write(archive, MadeFiles.packed(Compression.GZIP, new byte[2048]));
    assertThatThrownBy(() -> RootProbe.of(archive))
        .hasMessageContaining("packed with gzip")
        .hasMessageContaining("mke2fs -t ext4 -d FOLDER");
    Path zeros = disk(1 << 20);
    assertThatThrownBy(() -> RootProbe.of(zeros))
        .hasMessageContaining("(zeros) and is no root disk");
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> RootProbe.of(empty)).hasMessageContaining("is empty");
  }
}

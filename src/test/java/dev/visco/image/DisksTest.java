package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.BootSpec;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

/** A VM's root disk in the format that its VMM takes. */
class DisksTest {
  private static final int UID = 61_234;
  private static final String PARTITION = "6F1C2A4E-9B3D-4C58-8E21-0D5A7B9C1F23";
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
            made.digest(),
            made.manifest(),
            made.kernel(),
            made.initrd(),
            sparse,
            null,
            made.created());
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
    BootSpec.Disk disk = disks.root(image, vm, UID, BootSpec.DiskFormat.RAW, 0);
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

  /** A GPT disk as images have them, of 8 MiB. */
  private Image partitioned() throws IOException {
    Path disk = folder.resolve("partitioned");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(8 << 20);
    }
    host.check(
        Command.of(
            "sgdisk",
            "--new=1:2048:+2M",
            "--new=2:0:+4M",
            "--partition-guid=2:" + PARTITION,
            "--typecode=2:8304",
            disk.toString()));
    ObjectNode manifest = Json.mapper().valueToTree(image.manifest());
    manifest.put("partitionUuid", PARTITION.toLowerCase(Locale.ROOT));
    return new Image(
        image.digest(),
        Json.read(manifest.toString(), Manifest.class),
        image.kernel(),
        image.initrd(),
        disk,
        null,
        image.created());
  }

  private void assertGrown(Path raw, int mib) {
    assertThat(raw).hasSize((long) mib << 20);
    String seen = host.check(Command.of("sgdisk", "--verify", "--print", raw.toString())).output();
    assertThat(seen).contains("No problems found");
    assertThat(seen.lines().toList().getLast().strip().split("\\s+"))
        .as("from MiB 3 to the last whole one before the table's copy")
        .startsWith("2", "6144", Integer.toString((mib - 1) * 2048 - 1));
    String part = host.check(Command.of("sgdisk", "--info=2", raw.toString())).output();
    assertThat(part).contains("unique GUID: " + PARTITION);
  }

  @Test
  void aLargerRawDiskHasItsLastPartitionToItsEnd() throws IOException {
    Path vm = vm("vm");
    BootSpec.Disk disk = disks.root(partitioned(), vm, UID, BootSpec.DiskFormat.RAW, 4096L << 20);
    assertGrown(disk.file(), 4096);
    assertThat(blocks(disk.file())).as("what is new takes no room").isLessThan(1 << 11);
    assertThat(Files.getAttribute(disk.file(), "unix:uid")).isEqualTo(UID);
  }

  @Test
  void soHasALargerLayerAndNothingElseIsLeftInItsFolder() throws IOException {
    Path vm = vm("vm");
    BootSpec.Disk disk = disks.root(partitioned(), vm, UID, BootSpec.DiskFormat.QCOW2, 64 << 20);
    Path raw = folder.resolve("read");
    host.check(
        Command.of("qemu-img", "convert", "-O", "raw", disk.file().toString(), raw.toString()));
    assertGrown(raw, 64);
    try (var files = Files.list(vm)) {
      assertThat(files).containsExactly(disk.file());
    }
  }

  /** A try that was cut off has written what is before the header, which says how large it was. */
  @ParameterizedTest
  @EnumSource(BootSpec.DiskFormat.class)
  void aDiskThatAGuestHasGrowsAlsoAfterATryThatWasCutOff(BootSpec.DiskFormat format)
      throws IOException {
    Path vm = vm("vm");
    BootSpec.Disk disk = disks.root(partitioned(), vm, UID, format, 64 << 20);
    Path raw = folder.resolve("read");
    for (int cut : new int[] {0, 1}) {
      int mib = 96 + cut;
      if (cut == 1 && format == BootSpec.DiskFormat.RAW) {
        try (var file = new RandomAccessFile(disk.file().toFile(), "rw")) {
          file.setLength((long) mib << 20);
          for (GrownTable change :
              GrownTable.headerLast(disk.file(), (long) mib << 20, PARTITION).subList(0, 3)) {
            file.seek(change.at());
            file.write(change.bytes());
          }
        }
      }
      disks.grow(vm, (long) mib << 20, PARTITION);
      disks.grow(vm, (long) mib << 20, PARTITION);
      disks.grow(vm, 8 << 20, PARTITION);
      host.check(
          Command.of("qemu-img", "convert", "-O", "raw", disk.file().toString(), raw.toString()));
      assertGrown(raw, mib);
      try (var files = Files.list(vm)) {
        assertThat(files).containsExactly(disk.file());
      }
    }
  }

  @Test
  void aDiskIsNeverSmallerThanItsImageAndThenHasItsTable() throws IOException {
    Image image = partitioned();
    for (long bytes : List.of(0L, 4L << 20, 8L << 20)) {
      BootSpec.Disk disk = disks.root(image, vm("vm"), UID, BootSpec.DiskFormat.RAW, bytes);
      assertThat(disk.file()).hasSameBinaryContentAs(image.rootfs());
    }
  }

  @Test
  void whereTheRootIsNotTheLastPartitionOrThereIsNoTableTheGuestArrangesItsDisk()
      throws IOException {
    Image other = partitioned();
    Path first = other.rootfs();
    assertThat(GrownTable.of(first, 64 << 20, "b0a7d3c4-0000-4000-8000-000000000001")).isEmpty();
    assertThat(GrownTable.of(first, 64 << 20, null)).isEmpty();
    assertThat(GrownTable.of(image.rootfs(), 1L << 30, PARTITION)).isEmpty();
    BootSpec.Disk disk = disks.root(image, vm("vm"), UID, BootSpec.DiskFormat.RAW, 128 << 20);
    assertThat(disk.file()).hasSize(128 << 20);
  }

  @Test
  void aCopyOfAVmsDiskKeepsItsFormat() throws IOException {
    Path raw = vm("raw");
    disks.root(image, raw, UID, BootSpec.DiskFormat.RAW, 0);
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

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** As a snapshot's: the first copy, what is written meanwhile, and the rest. */
  private Path snapshot(Path vm, String name) throws IOException {
    Path made = vm(name);
    disks.beginCopyOfRoot(vm, made);
    disks.endCopyOfRoot(vm, made, 0);
    return made;
  }

  private void write(Path vm, int value, int mib) {
    host.check(
        Command.of(
            "qemu-io",
            "-f",
            "qcow2",
            "-c",
            "write -q -P %d %dM 64k".formatted(value, mib),
            vm.resolve("root.qcow2").toString()));
  }

  private void assertContent(Path disk, int value, int mib) {
    String said =
        host.check(
                Command.of(
                    "qemu-io",
                    "-r",
                    "-f",
                    "qcow2",
                    "-c",
                    "read -q -P %d %dM 64k".formatted(value, mib),
                    disk.toString()))
            .output();
    assertThat(said).as("%s at %d MiB", disk, mib).doesNotContain("Pattern");
  }

  /**
   * Clones of clones: each has what all before it have written, and takes what it writes itself.
   */
  @Test
  void fromASnapshotComesALayerUntilThereAreTooMany() throws IOException {
    Path vm = vm("vm-0");
    disks.root(image, vm, UID, BootSpec.DiskFormat.QCOW2, 0);
    for (int generation = 1; generation <= 20; generation++) {
      write(vm, generation, generation);
      Path snapshot = snapshot(vm, "snapshot-" + generation);
      Path below = snapshot.resolve("root.qcow2");
      assertThat(Files.getAttribute(below, "unix:mode")).isEqualTo(0100440);
      boolean isLayered = Disks.isLayered(snapshot);
      assertThat(isLayered).isEqualTo(generation < 16);
      vm = vm("vm-" + generation);
      BootSpec.Disk disk = disks.fromSnapshot(snapshot, vm, UID);
      assertThat(disk.format()).isEqualTo(BootSpec.DiskFormat.QCOW2);
      assertThat(Files.getAttribute(disk.file(), "unix:uid")).isEqualTo(UID);
      assertThat(Files.getAttribute(disk.file(), "unix:mode")).isEqualTo(0100600);
      assertThat(QcowHeader.chain(disk.file())).hasSize(Math.min(generation + 1, 16));
      if (isLayered) {
        assertThat(QcowHeader.below(disk.file())).contains(below);
        assertThat(blocks(disk.file())).as("of 512 bytes").isLessThan(512);
      }
      for (int earlier = 1; earlier <= generation; earlier++) {
        assertContent(disk.file(), earlier, earlier);
      }
    }
    write(vm, 99, 1);
    assertContent(vm.resolve("root.qcow2"), 99, 1);
    assertContent(folder.resolve("snapshot-20/root.qcow2"), 1, 1);

    // Compressed it is a layer still, and elsewhere it lies over the image alone.
    disks.packed().pack(vm);
    disks.packed().replace(vm);
    assertThat(QcowHeader.chain(vm.resolve("root.qcow2"))).hasSize(16);
    assertContent(vm.resolve("root.qcow2"), 99, 1);
    assertContent(vm.resolve("root.qcow2"), 9, 9);
    Path whole = folder.resolve("whole");
    disks.copyWhole(vm.resolve("root.qcow2"), whole);
    assertThat(QcowHeader.chain(whole)).containsExactly(image.rootfs());
    for (int value = 2; value <= 20; value++) {
      assertContent(whole, value, value);
    }
    assertContent(whole, 99, 1);
  }

  @Test
  void aLayerOverASnapshotGrowsAsAnyOther() throws IOException {
    Path vm = vm("vm");
    disks.root(image, vm, UID, BootSpec.DiskFormat.QCOW2, 0);
    Path clone = vm("clone");
    disks.fromSnapshot(snapshot(vm, "snapshot"), clone, UID);
    disks.grow(clone, SIZE * 2, null);
    write(clone, 5, 100);
    assertContent(clone.resolve("root.qcow2"), 5, 100);
    assertThat(QcowHeader.chain(clone.resolve("root.qcow2"))).hasSize(2);
  }

  @Test
  void ofARawSnapshotThereIsACopyWithHoles() throws IOException {
    Path vm = vm("vm");
    disks.root(image, vm, UID, BootSpec.DiskFormat.RAW, 0);
    Path snapshot = snapshot(vm, "snapshot");
    assertThat(Disks.isLayered(snapshot)).isFalse();
    BootSpec.Disk disk = disks.fromSnapshot(snapshot, vm("clone"), UID);
    assertThat(disk.format()).isEqualTo(BootSpec.DiskFormat.RAW);
    assertThat(disk.file()).hasSameBinaryContentAs(image.rootfs());
    assertThat(blocks(disk.file())).isLessThan(1024);
  }

  @Test
  void aDiskThatIsPutAsideComesBackWhateverFormatTookItsPlace() throws IOException {
    Path vm = Files.createDirectories(folder.resolve("vm-aside"));
    Files.writeString(vm.resolve("root.raw"), "first");
    assertThat(Disks.putBack(vm)).as("none was put aside").isFalse();
    Disks.putAside(vm);
    Files.writeString(vm.resolve("root.qcow2"), "second");
    Disks.putAside(vm);
    assertThat(Disks.aside(vm)).contains(vm.resolve("root.raw.aside"));
    assertThat(names(vm)).as("the first one stays").contains("root.qcow2", "root.raw.aside");
    assertThat(Disks.putBack(vm)).isTrue();
    assertThat(names(vm)).containsExactly("root.raw");
    assertThat(vm.resolve("root.raw")).hasContent("first");
    Disks.putAside(vm);
    Disks.dropAside(vm);
    Disks.dropAside(vm);
    assertThat(names(vm)).isEmpty();
  }

  @Test
  void aDiskThatAnEarlierVersionPutAsideComesBackToo() throws IOException {
    Path vm = Files.createDirectories(folder.resolve("vm-aside"));
    Files.writeString(vm.resolve("root.qcow2.before-restore"), "first");
    Files.writeString(vm.resolve("root.qcow2"), "second");
    Disks.putAside(vm);
    assertThat(Disks.putBack(vm)).isTrue();
    assertThat(names(vm)).containsExactly("root.qcow2");
    assertThat(vm.resolve("root.qcow2")).hasContent("first");
  }

  @Test
  void anOverlayIsAnExt4OfItsOwnThatGrowsWithItsDisk() throws IOException {
    ObjectNode json = (ObjectNode) Json.mapper().readTree(Json.pretty(image.manifest()));
    json.put("rootFileSystem", "erofs");
    var packed =
        new Image(
            image.digest(),
            Json.read(json.toString(), Manifest.class),
            image.kernel(),
            image.initrd(),
            image.rootfs(),
            null,
            image.created());
    assertThat(Disks.sizeMib(packed)).isEqualTo(1024);
    Path vm = vm("vm");
    Files.writeString(vm.resolve("root.raw"), "half of an earlier try");
    BootSpec.Disk disk = disks.root(packed, vm, UID, BootSpec.DiskFormat.QCOW2, 0);
    assertThat(disk).isEqualTo(Disks.root(vm));
    assertThat(disk.file()).hasSize(1L << 30);
    assertThat(blocks(disk.file())).isLessThan(disks.rootMib(packed, disk.format()) * 2048);
    assertThat(Files.getAttribute(disk.file(), "unix:uid")).isEqualTo(UID);
    host.check(Command.of("debugfs", "-w", "-R", "write /etc/hostname kept", disk.file() + ""));
    for (long mib : List.of(1536L, 1536L, 1024L)) {
      disks.grow(vm, mib << 20, null);
      assertThat(disk.file()).hasSize(1536L << 20);
      assertThat(Files.getAttribute(disk.file(), "unix:uid")).isEqualTo(UID);
    }
    String shown = host.check(Command.of("dumpe2fs", "-h", disk.file() + "")).output();
    assertThat(shown)
        .containsPattern("volume name: +visco-overlay")
        .containsPattern("Block count: +393216");
    host.check(Command.of("e2fsck", "-f", "-n", disk.file() + ""));
    assertThat(host.check(Command.of("debugfs", "-R", "ls -p /", disk.file() + "")).output())
        .contains("/kept/");
  }
}

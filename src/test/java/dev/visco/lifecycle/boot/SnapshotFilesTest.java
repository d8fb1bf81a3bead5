package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.image.Disks;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.GuestLink;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.Refused;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.vmm.FakeVmm;
import dev.visco.vmm.SnapshotParts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a snapshot is on the disk. */
class SnapshotFilesTest {
  private static final VmId ID = new VmId("vm-00000001");
  private static final Ipv4 GATEWAY = Ipv4.of("gateway", "10.7.0.1");
  private static final SnapshotGuest GUEST =
      new SnapshotGuest(
          ID,
          new GuestLink(
              Ipv4.of("address", "10.7.0.2"),
              GATEWAY,
              Ipv4.of("netmask", "255.255.255.0"),
              new MacAddress("02:00:0a:1b:00:00"),
              "eth0",
              GATEWAY));
  @TempDir private Path data;
  private Path vms;
  private final FakeVmm vmm = new FakeVmm("1.16.1", Set.of(Transport.MMIO));
  private SnapshotFiles snapshots;
  private FakeVmm.Machine machine;
  private Path vm;
  private Path files;

  @BeforeEach
  void start() throws IOException {
    vms = Files.createDirectories(data.resolve("vms"));
    snapshots =
        new SnapshotFiles(
            vms,
            data.resolve("snapshots"),
            new Disks(new LinuxHost()),
            DiskRoom.of(vms, DiskReserve.NONE),
            DiskRoom.of(vms, DiskReserve.NONE));
    vm = Files.createDirectories(vms.resolve(ID.value()));
    files = vm.resolve("snapshots/first");
    Files.writeString(vm.resolve("root.raw"), "the disk");
    machine = vmm.run(ID, "the memory");
    machine.pause();
  }

  private void write(int memoryMib, Path folder) {
    snapshots.prepare(memoryMib, GUEST, vm, folder);
    snapshots.write(machine, vm, folder);
  }

  @Test
  void holdsMemoryAndDiskAndTheirSize() throws IOException {
    write(128, files);
    assertThat(snapshots.seal(files).bytes()).isGreaterThan(18);
    assertThat(files.resolve("machine/memory")).hasContent("the memory");
    assertThat(files.resolve("root.raw")).hasContent("the disk");
    assertThat(Files.getAttribute(files.resolve("root.raw"), "unix:uid")).isEqualTo(0);
    assertThat(snapshots.all()).containsExactly(files);
  }

  @Test
  void oneInAFolderOfItsOwnHasPassageForVmmsAloneAndNeedsNothingOfItsVm() throws IOException {
    Path own = snapshots.folder(new SnapshotPlace("snapshot-0123456789abcdef"));
    assertThat(own).isEqualTo(data.resolve("snapshots/snapshot-0123456789abcdef"));
    Files.createDirectories(data.resolve("snapshots/.lost/other"));
    write(128, own);
    SnapshotStore.SealedSnapshot sealed = snapshots.seal(own);
    // Whoever writes rows and keys beside it does not wait for that.
    Files.writeString(own.resolve("row.json"), "later");
    Files.createDirectories(own.resolve("keys"));
    assertThat(snapshots.all()).containsExactly(own);
    for (Path one : List.of(own, data.resolve("snapshots"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
          .isEqualTo("rwx--x---");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.resolve("machine"))))
        .isEqualTo("rwx------");
    DurableFiles.deleteTree(vm);
    snapshots.requireRestorable(own, sealed.digest());
    snapshots.remove(own);
    assertThat(data.resolve("snapshots")).isDirectoryContaining("glob:**.lost");
    assertThat(own).doesNotExist();
    assertThat(snapshots.all()).isEmpty();
  }

  @Test
  void oneOfAnEarlierVersionIsMovedOut() throws IOException {
    write(128, files);
    SnapshotStore.SealedSnapshot sealed = snapshots.seal(files);
    Path own = snapshots.folder(new SnapshotPlace("snapshot-0123456789abcdef"));
    assertThat(snapshots.canMoveOut()).isTrue();
    snapshots.moveOut(files, own);
    snapshots.moveOut(files, own);
    snapshots.requireRestorable(own, sealed.digest());
    assertThat(files).doesNotExist();
    assertThat(snapshots.all()).containsExactly(own);
  }

  @Test
  void theSnapshotBelowADiskIsTold() throws IOException {
    assertThat(snapshots.below(ID)).isEmpty();
    Path own = snapshots.folder(new SnapshotPlace("snapshot-0123456789abcdef"));
    Path disk = Files.createDirectories(own).resolve("root.qcow2");
    layer(disk, data.resolve("images/objects/one"));
    Files.delete(vm.resolve("root.raw"));
    layer(vm.resolve("root.qcow2"), data.resolve("images/objects/one"));
    assertThat(snapshots.below(ID)).as("an image").isEmpty();
    layer(vm.resolve("root.qcow2.aside"), disk);
    assertThat(snapshots.below(ID)).isEmpty();
    assertThat(snapshots.belowAll(ID)).containsExactly(own);
    layer(vm.resolve("root.qcow2"), disk);
    assertThat(snapshots.below(ID)).contains(own);
    Files.delete(vm.resolve("root.qcow2.aside"));
    for (String other : List.of("root.qcow2.packed", ".root.qcow2.packed.half", "root.qcow2")) {
      Files.delete(vm.resolve("root.qcow2"));
      layer(vm.resolve("root.qcow2"), data.resolve("images/objects/one"));
      layer(vm.resolve(other), disk);
      assertThat(snapshots.belowAll(ID)).as(other).containsExactly(own);
      if (!other.equals("root.qcow2")) {
        Files.delete(vm.resolve(other));
      }
    }
  }

  @Test
  void withoutItsMemoryTheDiskIsWholeStill() throws IOException {
    Path own = snapshots.folder(new SnapshotPlace("snapshot-0123456789abcdef"));
    write(128, own);
    SnapshotStore.SealedSnapshot all = snapshots.seal(own);
    SnapshotStore.SealedSnapshot left = snapshots.withoutMemory(own);
    assertThat(left.bytes()).isLessThan(all.bytes());
    assertThat(left.digest()).isNotEqualTo(all.digest());
    snapshots.requireRestorable(own, all.digest());
    snapshots.dropMemory(own);
    snapshots.dropMemory(own);
    assertThat(own.resolve("machine")).isEmptyDirectory();
    assertThat(SnapshotFiles.hasMemory(own)).isFalse();
    snapshots.requireRestorable(own, left.digest());
    assertThat(SnapshotFiles.damage(own, left.digest())).isEmpty();
    assertThatThrownBy(() -> snapshots.requireRestorable(own, all.digest()))
        .isInstanceOf(HostFault.class);
    // Where a daemon was killed between the list and the files.
    Files.writeString(own.resolve("machine/memory"), "left");
    snapshots.dropMemory(own);
    assertThat(own.resolve("machine")).isEmptyDirectory();
  }

  /** The head of a qcow2 file. */
  private static void layer(Path file, Path below) throws IOException {
    byte[] path = below.toString().getBytes(StandardCharsets.UTF_8);
    Files.write(
        file,
        ByteBuffer.allocate(64 + path.length)
            .putInt(0x514649fb)
            .putInt(3)
            .putLong(64)
            .putInt(path.length)
            .position(64)
            .put(path)
            .array());
  }

  /** At a thousand places, a byte is another one or the file ends. */
  @Test
  void noCutAndNoChangedByteAnywhereIsTaken() throws IOException {
    Path own = snapshots.folder(new SnapshotPlace("snapshot-0123456789abcdef"));
    write(128, own);
    // With holes, and with a tail that fills no block.
    try (var memory = new RandomAccessFile(own.resolve("machine/memory").toFile(), "rw")) {
      memory.setLength(200_001);
      memory.seek(150_000);
      memory.write(9);
    }
    Digest digest = snapshots.seal(own).digest();
    var files = new ArrayList<Path>();
    SnapshotFiles.parts(own).forEach(part -> files.add(own.resolve(part.name())));
    files.add(own.resolve("parts.sha256"));
    var random = new Random(4711);
    for (int number = 0; number < 1000; number++) {
      Path file = files.get(random.nextInt(files.size()));
      byte[] good = Files.readAllBytes(file);
      int at = random.nextInt(good.length);
      if (random.nextInt(4) == 0) {
        Files.write(file, Arrays.copyOf(good, at));
      } else {
        byte[] bad = good.clone();
        bad[at] ^= (byte) (1 + random.nextInt(255));
        Files.write(file, bad);
      }
      String where = "case " + number + ": " + file + " at " + at;
      assertThat(SnapshotFiles.damage(own, digest))
          .as(where)
          .isNotEmpty()
          .anySatisfy(one -> assertThat(one).contains(own.toString()));
      if (!Objects.requireNonNull(file.getParent()).endsWith("machine")
          || file.endsWith("parts.sha256")) {
        assertThatThrownBy(() -> snapshots.requireRestorable(own, digest))
            .as(where)
            .isInstanceOf(HostFault.class);
      } else {
        // The VMM's driver checks its own files before it starts.
        assertThatThrownBy(() -> SnapshotParts.require(own.resolve("machine")))
            .as(where)
            .isInstanceOf(HostFault.class)
            .hasMessageContaining(file.toString());
      }
      Files.write(file, good);
    }
    assertThat(SnapshotFiles.damage(own, digest)).isEmpty();
  }

  /** What a guest writes between the first copy of its disk and its standstill. */
  @Test
  void theDiskIsThatOfTheStandstill() throws IOException {
    Path disk = vm.resolve("root.raw");
    Files.write(disk, new byte[300_000]);
    snapshots.prepare(128, GUEST, vm, files);
    try (var written = new RandomAccessFile(disk.toFile(), "rw")) {
      written.setLength(500_000);
      written.seek(70_000);
      written.write(1);
      written.seek(450_000);
      written.write(2);
    }
    snapshots.write(machine, vm, files);
    assertThat(files.resolve("root.raw")).hasSameBinaryContentAs(disk);
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(files.resolve("root.raw"))))
        .isEqualTo("rw-------");
  }

  @Test
  void tellsHowItsGuestIsReached() {
    write(128, files);
    snapshots.seal(files);
    assertThat(SnapshotGuest.read(files)).isEqualTo(GUEST);
  }

  @Test
  void oneOfAnEarlierVersionDoesNotAndSaysSo() throws IOException {
    write(128, files);
    Files.delete(files.resolve(SnapshotGuest.FILE));
    assertThatThrownBy(() -> SnapshotGuest.read(files))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("an earlier version took it");
  }

  @Test
  void howItsGuestIsReachedIsOneOfItsParts() throws IOException {
    write(128, files);
    Digest digest = snapshots.seal(files).digest();
    Path file = files.resolve(SnapshotGuest.FILE);
    Files.writeString(file, Files.readString(file).replace("10.7.0.2", "10.7.0.3"));
    assertThatThrownBy(() -> snapshots.requireRestorable(files, digest))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("guest.json was changed");
  }

  @Test
  void anEarlierTryIsReplaced() throws IOException {
    Files.createDirectories(files.resolve("machine"));
    Files.writeString(files.resolve("machine/left-over"), "half");
    write(128, files);
    assertThat(files.resolve("machine")).isDirectoryNotContaining("glob:**left-over");
  }

  @Test
  void aMachineThatRunsIsNotWrittenDown() {
    machine.resume();
    assertThatThrownBy(() -> write(128, files)).isInstanceOf(HostFault.class);
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> write(Integer.MAX_VALUE, files))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("MiB free");
    assertThat(files).doesNotExist();
  }

  @Test
  void whatGoesDoesNotBearItsNameAnyMore() throws IOException {
    write(128, files);
    snapshots.remove(files);
    snapshots.remove(files);
    assertThat(snapshots.all()).isEmpty();
    Path begun = Files.createDirectories(vm.resolve("snapshots/.second"));
    Files.writeString(begun.resolve("memory"), "half gone");
    assertThat(snapshots.all()).containsExactly(begun);
    snapshots.remove(begun);
    assertThat(vm.resolve("snapshots")).isEmptyDirectory();
  }
}

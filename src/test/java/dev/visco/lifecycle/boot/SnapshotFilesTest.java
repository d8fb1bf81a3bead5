package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.DiskRoom;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.image.Disks;
import dev.visco.model.DiskReserve;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.vmm.FakeVmm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a snapshot is on the disk. */
class SnapshotFilesTest {
  private static final VmId ID = new VmId("vm-00000001");
  @TempDir private Path vms;
  private final FakeVmm vmm = new FakeVmm("1.16.1", Set.of(Transport.MMIO));
  private SnapshotFiles snapshots;
  private FakeVmm.Machine machine;
  private Path vm;
  private Path files;

  @BeforeEach
  void start() throws IOException {
    snapshots =
        new SnapshotFiles(vms, new Disks(new LinuxHost()), DiskRoom.of(vms, DiskReserve.NONE));
    vm = Files.createDirectories(vms.resolve(ID.value()));
    files = vm.resolve("snapshots/first");
    Files.writeString(vm.resolve("root.raw"), "the disk");
    machine = vmm.run(ID, "the memory");
    machine.pause();
  }

  @Test
  void holdsMemoryAndDiskAndTheirSize() throws IOException {
    snapshots.write(machine, 128, vm, files);
    assertThat(snapshots.seal(files).bytes()).isGreaterThan(18);
    assertThat(files.resolve("machine/memory")).hasContent("the memory");
    assertThat(files.resolve("root.raw")).hasContent("the disk");
    assertThat(Files.getAttribute(files.resolve("root.raw"), "unix:uid")).isEqualTo(0);
    assertThat(snapshots.all()).containsExactly(files);
  }

  @Test
  void anEarlierTryIsReplaced() throws IOException {
    Files.createDirectories(files.resolve("machine"));
    Files.writeString(files.resolve("machine/left-over"), "half");
    snapshots.write(machine, 128, vm, files);
    assertThat(files.resolve("machine")).isDirectoryNotContaining("glob:**left-over");
  }

  @Test
  void aMachineThatRunsIsNotWrittenDown() {
    machine.resume();
    assertThatThrownBy(() -> snapshots.write(machine, 128, vm, files))
        .isInstanceOf(HostFault.class);
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> snapshots.write(machine, Integer.MAX_VALUE, vm, files))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("MiB free");
    assertThat(files).doesNotExist();
  }

  @Test
  void whatGoesDoesNotBearItsNameAnyMore() throws IOException {
    snapshots.write(machine, 128, vm, files);
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

package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.host.WrappedHost;
import dev.visco.model.InstallationId;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.Qemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines of both kinds, however many releases there are. */
class VmmsTest {
  private static final InstallationId INSTALLATION = new InstallationId("0a1b");
  private static final VmId BY_QEMU = new VmId("vm-00000001");
  private static final VmId BY_OLD = new VmId("vm-00000002");
  private static final VmId BY_NEW = new VmId("vm-00000003");
  private final ProcessTable host = new ProcessTable();
  @TempDir Path folder;

  /** A host with made-up processes, which counts how often they are listed. */
  private static final class ProcessTable extends WrappedHost {
    private final List<RunningProcess> table = new ArrayList<>();
    private int listed;

    ProcessTable() {
      super(new LinuxHost());
    }

    ProcessRef add(String... arguments) {
      int pid = 5_000_000 + table.size();
      var ref = new ProcessRef(pid, pid, "boot");
      table.add(new RunningProcess(ref, 0, List.of(arguments)));
      return ref;
    }

    @Override
    public List<RunningProcess> processes() {
      listed++;
      return List.copyOf(table);
    }

    @Override
    public boolean isAlive(ProcessRef process) {
      return table.stream().anyMatch(one -> one.ref().equals(process));
    }

    @Override
    public void terminate(ProcessRef process, boolean kill) {
      table.removeIf(one -> one.ref().equals(process));
    }
  }

  private Vmms vmms() {
    return new Vmms(
        new Qemu(host, folder, "tcg"),
        new FirecrackerFamily(host),
        name -> new FakeVmm(name, Set.of(Transport.MMIO)));
  }

  private static String name(VmId id) {
    return "visco-" + INSTALLATION + "-" + id;
  }

  @Test
  void machinesOfEachKindAreFoundByOneListOfProcesses() {
    ProcessRef qemu = host.add("qemu-system-x86_64", "-name", name(BY_QEMU));
    ProcessRef old = host.add("/releases/1.12.1/firecracker", "--id", name(BY_OLD));
    ProcessRef next = host.add("/releases/1.16.1/firecracker", "--id", name(BY_NEW));
    host.add("qemu-system-x86_64", "-name", "visco-ffff-vm-00000009");
    Vmms vmms = vmms();
    List.of("1.12.1", "1.13.0", "1.14.0", "1.15.0", "1.16.1").forEach(vmms::named);
    assertThat(vmms.running(INSTALLATION))
        .isEqualTo(Map.of(BY_QEMU, qemu, BY_OLD, old, BY_NEW, next));
    assertThat(host.listed).isEqualTo(2);
  }

  @Test
  void aMachineIsEndedWhicheverReleaseStartedIt() {
    ProcessRef qemu = host.add("qemu-system-x86_64", "-name", name(BY_QEMU));
    ProcessRef old = host.add("/releases/1.12.1/firecracker", "--id", name(BY_OLD));
    Vmms vmms = vmms();
    vmms.end(INSTALLATION, BY_OLD, folder.resolve("two"), Duration.ZERO);
    // For each kind once for its machine, and once for what wrote its console.
    assertThat(host.listed).isEqualTo(4);
    assertThat(host.isAlive(old)).isFalse();
    assertThat(host.isAlive(qemu)).isTrue();
    vmms.end(INSTALLATION, BY_QEMU, folder.resolve("one"), Duration.ZERO);
    assertThat(vmms.running(INSTALLATION)).isEmpty();
  }

  @Test
  void aForeignVmmIsNamedAsItNamesItself() {
    host.add("/usr/bin/qemu-system-aarch64", "-M", "virt", "-name", "somebody's");
    host.add("/opt/firecracker", "--id", "x");
    host.add("sleep", "-name", "qemu");
    assertThat(host.table.stream().map(vmms()::nameOf))
        .extracting(found -> found.orElse("none"))
        .containsExactly("somebody's", "/opt/firecracker", "none");
  }
}

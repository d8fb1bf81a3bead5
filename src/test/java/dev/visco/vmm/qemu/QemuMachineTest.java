package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.VmmLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running QEMU is told of a disk that has grown; this JVM stands for its process. */
@Timeout(60)
class QemuMachineTest {
  @TempDir Path folder;

  private QemuMachine machine() throws Exception {
    var process = new ProcessRef(ProcessHandle.current().pid(), 1, "boot");
    Path socket = Files.createDirectories(folder.resolve("run")).resolve("qmp.sock");
    return new QemuMachine(
        new LinuxHost(),
        new Cgroups(0, Map.of()),
        new MachineRef("qemu", "tcg", process, socket, "qemu"));
  }

  @Test
  void aLongerDiskIsResizedByItsName() throws Exception {
    QemuMachine machine = machine();
    try (var qmp =
        new FakeQmp(machine.ref().socket(), FakeQmp.GREETING, FakeQmp.NOTHING, FakeQmp.NOTHING)) {
      machine.resizeDisk(2, 2L << 30);
      assertThat(qmp.heard().getLast())
          .contains("\"execute\":\"block_resize\"", "\"device\":\"disk2\"", "\"size\":2147483648");
    }
  }

  @Test
  void whatQemuRefusesIsTold() throws Exception {
    QemuMachine machine = machine();
    String refusal = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"it is read-only\"}}\n";
    try (var qmp =
        new FakeQmp(machine.ref().socket(), FakeQmp.GREETING, FakeQmp.NOTHING, refusal)) {
      assertThatThrownBy(() -> machine.resizeDisk(3, 2L << 30))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("QEMU refused block_resize: it is read-only");
      assertThat(qmp.heard()).hasSize(2);
    }
  }

  /**
   * A disk beyond what a process may write ends it: its limit, and its children's, go up before.
   */
  @Test
  void theProcessAndItsChildrenMayWriteAllOfTheDisk() throws Exception {
    Process process =
        new ProcessBuilder("prlimit", "--fsize=1048576:", "sh", "-c", "echo up; sleep 60 & wait")
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("up");
      Awaitility.await().until(() -> process.descendants().findAny().isPresent());
      var ref = new ProcessRef(process.pid(), 1, "boot");
      VmmLimits.allowFileOf(new LinuxHost(), ref, 2L << 30);
      VmmLimits.allowFileOf(new LinuxHost(), ref, 1L << 30); // Never down again.
      long child = process.descendants().findAny().orElseThrow().pid();
      for (long pid : new long[] {process.pid(), child}) {
        assertThat(Files.readString(Path.of("/proc/" + pid + "/limits")))
            .containsPattern("Max file size +2147483648 +2147483648 ");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}

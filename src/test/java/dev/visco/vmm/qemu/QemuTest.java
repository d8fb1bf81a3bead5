package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.InstallationId;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmmUsers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the driver takes for its own machines. */
@Timeout(60)
class QemuTest {
  private static final InstallationId INSTALLATION = new InstallationId("f07e");
  private static final VmId VM = new VmId("vm-0123abcd");
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;

  /** It does nothing, and has the words of a machine among its arguments. */
  private ProcessRef start(int uid) {
    ProcessRef process =
        host.start(
            new Detached(
                List.of(
                    "setpriv",
                    "--reuid=" + uid,
                    "--clear-groups",
                    "--",
                    "perl",
                    "-e",
                    "sleep 300",
                    "qemu-system-x86_64",
                    "-name",
                    "visco-" + INSTALLATION + "-" + VM),
                folder.resolve("log")));
    await()
        .until(() ->
            host.processes().stream()
                .anyMatch(one -> one.ref().equals(process) && one.uid() == uid));
    return process;
  }

  @Test
  void aProcessOfAnotherLoginIsNeitherTakenForAMachineNorEnded() {
    var qemu = new Qemu(host, folder, "tcg");
    ProcessRef foreign = start(65_534);
    ProcessRef machine = start(VmmUsers.uid(INSTALLATION, new SlotIndex(3)));
    try {
      assertThat(qemu.family().running(INSTALLATION)).isEqualTo(Map.of(VM, machine));
      qemu.family().end(INSTALLATION, VM, folder.resolve("vm"), Duration.ZERO);
      assertThat(host.isAlive(machine)).isFalse();
      assertThat(host.isAlive(foreign)).isTrue();
    } finally {
      host.terminate(foreign, true);
      host.terminate(machine, true);
    }
  }
}

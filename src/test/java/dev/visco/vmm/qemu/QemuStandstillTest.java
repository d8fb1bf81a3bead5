package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Standstill;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who made a guest stand still, by what QEMU says of itself and of its disks. */
class QemuStandstillTest {
  @TempDir private Path folder;

  private Standstill standstill(String status, String... disks) throws IOException {
    var block = new StringBuilder();
    for (String disk : disks) {
      block.append(block.isEmpty() ? "" : ", ").append("{\"device\": \"d\"");
      block.append(disk.isEmpty() ? "}" : ", \"io-status\": \"" + disk + "\"}");
    }
    Path socket = folder.resolve("qmp.sock");
    try (var server =
        new FakeQmp(
            socket,
            FakeQmp.GREETING,
            FakeQmp.NOTHING,
            "{\"return\": {\"status\": \"" + status + "\", \"running\": false}}\n",
            "{\"return\": [" + block + "]}\n")) {
      var ref = new MachineRef("qemu", "tcg", new ProcessRef(1, 1, "boot"), socket, "qemu");
      return new QemuMachine(new LinuxHost(), Cgroups.ofHost(), ref).standstill();
    }
  }

  @ParameterizedTest
  @CsvSource({"running, NONE", "paused, PAUSED", "inmigrate, NONE", "shutdown, NONE"})
  void byItsStatus(String status, Standstill expected) throws IOException {
    assertThat(standstill(status)).isEqualTo(expected);
  }

  @Test
  void atARequestThatFailsByTheDiskThatFailedIt() throws IOException {
    assertThat(standstill("io-error", "nospace", "ok")).isEqualTo(Standstill.NO_SPACE);
  }

  @Test
  void oneThatFailsForAnotherReasonComesFirst() throws IOException {
    assertThat(standstill("io-error", "ok", "", "failed")).isEqualTo(Standstill.DISK_ERROR);
  }
}

package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the hypervisor cannot give a guest is said in the log when the guest starts without it. */
@Timeout(60)
class ShortcomingsTest {
  @TempDir private Path folder;

  @Test
  void aDeviceThatTheGuestDoesNotGetIsWarnedOf() throws Exception {
    Path kernel = Files.write(folder.resolve("kernel"), ProbeKernel.bytes());
    Path configuration =
        Files.writeString(
            folder.resolve("vm.json"),
            """
            {"boot-source": {"kernel_image_path": "%s"}, "drives": [],
             "machine-config": {"vcpu_count": 1, "mem_size_mib": 128},
             "vsock": {"guest_cid": 3, "uds_path": "%s"}}
            """
                .formatted(kernel, folder.resolve("vsock")));
    try (var process =
        InProcess.beforeFake(
            List.of("--no-api", "--level", "Warn", "--config-file", configuration.toString()))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> process.output().contains("The guest has no vsock."));
      assertThat(process.output()).contains("probe guest");
    }
  }
}

package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** What the reports of real boots say, on both transports. */
@ExtendWith(OuterNetwork.Extension.class)
class BootReportsIT {
  @Test
  void aReadyVmHasEveryCriterionWithEvidenceAndEveryMark() throws IOException {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String mmio = visco.create("--no-wait", "--transport", "mmio");
      // Its own boot arguments win over those that an emulated machine is given.
      String pci =
          visco.create(
              "--no-wait",
              "--transport",
              "pci",
              "--boot-arg",
              "sysctl.kernel.randomize_va_space=2");
      for (String vm : List.of(mmio, pci)) {
        JsonNode found = settled(visco, vm);
        assertThat(found.path("state").asString()).as(found.toString()).isEqualTo("ready");
        BootReport report =
            Json.read(
                Files.readString(visco.data().resolve("vms/" + vm + "/report.json")),
                BootReport.class);
        assertThat(report.met()).isTrue();
        assertThat(report.criteria())
            .extracting(BootReport.CriterionLine::number)
            .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(report.criteria())
            .allSatisfy(line -> assertThat(line.evidence()).isNotBlank())
            .filteredOn(line -> line.number() != 2 && (line.number() < 7 || line.number() > 10))
            .allSatisfy(line -> assertThat(line.verdict()).isEqualTo("met"));
        everyMark(report);
        pciDevices(report, vm.equals(pci));
      }
      boolean isEmulated = visco.json("inspect", mmio).path("vmm").asString().contains("(tcg)");
      assertThat(addresses(visco, mmio)).isEqualTo(isEmulated ? "0" : "2");
      assertThat(addresses(visco, pci)).isEqualTo("2");
    }
  }

  /** Whether programs have random addresses (proc(5), {@code randomize_va_space}). */
  private static String addresses(ViscoUnderTest visco, String vm) {
    return visco.ok("exec", vm, "cat", "/proc/sys/kernel/randomize_va_space").strip();
  }

  private static void everyMark(BootReport report) {
    Map<String, Long> marks = report.timeline();
    assertThat(marks.keySet()).containsExactly("kernel", "root", "init", "network", "ssh");
    assertThat(marks.get("kernel")).isPositive();
    assertThat(marks.get("root")).isGreaterThanOrEqualTo(marks.get("kernel"));
    assertThat(marks.get("init")).isGreaterThanOrEqualTo(marks.get("root"));
    assertThat(marks.get("network")).isGreaterThanOrEqualTo(marks.get("root"));
    assertThat(marks.get("ssh"))
        .isGreaterThanOrEqualTo(marks.get("init"))
        .isGreaterThanOrEqualTo(marks.get("network"));
  }

  private static void pciDevices(BootReport report, boolean isPci) {
    BootReport.CriterionLine line = report.criteria().get(1);
    if (isPci) {
      assertThat(line.verdict()).isEqualTo("met");
      assertThat(line.evidence()).contains("[1af4:1042]", "[1af4:1041]");
    } else {
      assertThat(line.verdict()).isEqualTo("not-applicable");
      assertThat(line.evidence()).contains("virtio-mmio").contains("no PCI bus");
    }
    assertThat(report.criteria().get(2).evidence()).contains("[vda]");
  }

  /** The VM once nothing more happens to it. */
  static JsonNode settled(ViscoUnderTest visco, String vm) {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> visco.json("inspect", vm),
            found -> !found.path("state").asString().equals("creating"));
  }
}

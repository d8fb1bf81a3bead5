package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import dev.visco.verify.Verdict.NotReached;
import dev.visco.wire.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class BootReportTest {
  private static BootReport report(@Nullable String lastLine) {
    var verdicts = new LinkedHashMap<Criterion, Verdict>();
    verdicts.put(Criterion.ROOT_DEVICE, new Met("a line"));
    verdicts.put(Criterion.PCI_DEVICES, new NotApplicable("no bus"));
    verdicts.put(Criterion.DISK, new NotMet("\"quoted\"\n漢"));
    verdicts.put(Criterion.SHELL, new NotReached("closed"));
    // As they may come: the network of an initramfs is up before the image's init is.
    var marks = new LinkedHashMap<>(Map.of("ssh", 5L));
    marks.put("network", 3L);
    marks.put("kernel", 1L);
    marks.put("init", 4L);
    marks.put("root", 2L);
    return BootReport.of(
        new VmId("vm-0123abcd"),
        "cli",
        Transport.MMIO,
        "qemu (tcg)",
        List.of("root-named-scsi"),
        List.of("rootwait is not needed."),
        verdicts,
        List.of(new MountedVolume("data", "/data", true, "mounted rw")),
        marks,
        null,
        lastLine,
        Instant.parse("2026-11-24T01:02:03.456Z"));
  }

  @Test
  void comesBackFromJsonAsItWas() {
    for (BootReport report : new BootReport[] {report("the end"), report(null)}) {
      assertThat(Json.read(Json.pretty(report), BootReport.class)).isEqualTo(report);
      assertThat(Json.read(Json.line(report), BootReport.class)).isEqualTo(report);
    }
  }

  @Test
  void saysEachVerdictInAWordWithItsEvidence() {
    assertThat(report(null).criteria())
        .containsExactly(
            new BootReport.CriterionLine(1, "root device opened", "met", "a line"),
            new BootReport.CriterionLine(2, "PCI devices found", "not-applicable", "no bus"),
            new BootReport.CriterionLine(
                3, "disk registered by virtio_blk", "not-met", "\"quoted\"\n漢"),
            new BootReport.CriterionLine(11, "shell answers", "not-reached", "closed"));
    assertThat(report(null).met()).isFalse();
  }

  @Test
  void marksStandInTheOrderOfABoot() {
    assertThat(report(null).timeline().keySet())
        .containsExactly("kernel", "root", "init", "network", "ssh");
    String json = Json.line(report(null));
    assertThat(json).contains("\"timeline\":{\"kernel\":1,\"root\":2,\"init\":4,\"network\":3,");
    assertThat(Json.read(json, BootReport.class).timeline().keySet())
        .containsExactly("kernel", "root", "init", "network", "ssh");
  }

  @Test
  void aFieldThatNobodyKnowsIsRefused() {
    String json = Json.line(report(null)).replace("\"met\":", "\"colour\":1,\"met\":");
    assertThatThrownBy(() -> Json.read(json, BootReport.class))
        .isInstanceOf(JacksonException.class)
        .hasMessageContaining("colour");
  }
}

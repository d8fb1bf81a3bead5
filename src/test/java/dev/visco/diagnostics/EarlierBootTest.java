package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Diagnosis;
import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of the folders of a VM's earlier boots. */
class EarlierBootTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
  private static final BootReport REPORT =
      new BootReport(
          new VmId("vm-0123abcd"),
          "cli",
          Transport.MMIO,
          "qemu (tcg)",
          false,
          List.of(),
          List.of(),
          List.of(new BootReport.CriterionLine(1, "root device opened", "not-met", "none")),
          List.of(),
          new LinkedHashMap<>(),
          null,
          null,
          NOON);
  private static final Diagnosis DIAGNOSIS =
      new Diagnosis(
          "root-named-scsi",
          "1 root device opened",
          "It is vda.",
          List.of("cannot find root device"),
          List.of(),
          "Leave it out.",
          new Remedy.ReadConsole("vm-0123abcd"),
          List.of(),
          true);

  @TempDir private Path vm;

  private void write(String file, String text, Instant when) throws IOException {
    Path path = vm.resolve(file);
    Files.createDirectories(path.resolve("..").normalize());
    Files.setLastModifiedTime(Files.writeString(path, text), FileTime.from(when));
  }

  @Test
  void theLatestIsFirstWithAllThatItLeft() throws IOException {
    write("boots/9/console.log", "nine", NOON);
    write("boots/10/console.log", "ten", NOON.plusSeconds(5));
    write("boots/10/report.json", Json.pretty(REPORT), NOON.plusSeconds(7));
    write("boots/10/diagnosis.json", Json.pretty(DIAGNOSIS), NOON.plusSeconds(6));
    write("boots/half", "nobody's", NOON);
    List<EarlierBoot> found = EarlierBoot.of(vm);
    assertThat(found).extracting(EarlierBoot::boot).containsExactly(10, 9);
    assertThat(found.getFirst())
        .isEqualTo(
            new EarlierBoot(
                10, NOON.plusSeconds(7), REPORT, DIAGNOSIS, vm.resolve("boots/10/console.log")));
    assertThat(found.getLast().report()).isNull();
    assertThat(found.getLast().diagnosis()).isNull();
    assertThat(found.getLast().ended()).isEqualTo(NOON);
  }

  @Test
  void aVmThatBootedOnceHasNone() {
    assertThat(EarlierBoot.of(vm)).isEmpty();
  }

  /** As a host leaves it that lost its power. */
  @Test
  void aDocumentThatIsCutOffIsLeftOut() throws IOException {
    write("boots/1/report.json", Json.pretty(REPORT).substring(0, 40), NOON);
    write("boots/1/diagnosis.json", "", NOON);
    write("boots/1/console.log", "one", NOON);
    EarlierBoot found = EarlierBoot.of(vm).getFirst();
    assertThat(found.report()).isNull();
    assertThat(found.diagnosis()).isNull();
    assertThat(found.console()).hasContent("one");
  }
}

package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnoses;
import dev.visco.verify.BootVerification;
import dev.visco.verify.Criterion;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The looks at a VM whose guest means it harm: it has printed what patterns take longest for, and
 * has ended. What took hours by the square of its length takes moments.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BootChecksTest {
  private static final int MEBIBYTE = 1 << 20;
  @TempDir Path data;
  private ChecksUnderTest vm;
  private Path folder;

  @BeforeEach
  void prepare() throws IOException {
    vm = new ChecksUnderTest(data);
    folder = vm.folder;
  }

  @Test
  void aConsoleThatPatternsTakeLongestForIsJudgedAtOnce() throws IOException {
    for (String hostile :
        List.of(
            "EXT4",
            "XFSEXT4-fs ",
            "visco-initramfs: root ",
            "virtio_blk virtio0: ",
            "Kernel panic",
            "a-",
            "\u001b]",
            "\u001b[",
            " ")) {
      vm.prints(hostile, MEBIBYTE);
      assertThat(BootVerification.isMet(vm.inspect().verdicts())).as(hostile).isFalse();
    }
  }

  @Test
  void othersGoOnWhileManyAskForIt() throws Exception {
    vm.prints("EXT4", MEBIBYTE);
    int many = 2 * Runtime.getRuntime().availableProcessors();
    var asked = new CountDownLatch(many);
    for (int one = 0; one < many; one++) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              vm.inspect();
            } finally {
              asked.countDown();
            }
          });
    }
    var ticked = new CountDownLatch(1);
    Thread.ofVirtual().start(ticked::countDown);
    assertThat(ticked.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aConsoleOfGigabytesIsReadAtItsEnds() throws IOException {
    try (var out = new RandomAccessFile(folder.resolve("console.log").toFile(), "rw")) {
      out.write("[    0.000000] Linux version 6.1.0\n".getBytes(StandardCharsets.UTF_8));
      out.setLength(4L << 30);
      out.seek(out.length());
      out.write("\nKernel panic - not syncing: at last\n".getBytes(StandardCharsets.UTF_8));
    }
    BootEvidence evidence = vm.evidence();
    assertThat(evidence.console())
        .startsWith("[    0.000000] Linux version 6.1.0\n")
        .endsWith("Kernel panic - not syncing: at last\n")
        .hasSizeLessThan(MEBIBYTE);
  }

  @Test
  void evidenceOfAHostileConsoleIsTextAndIsExplained() throws IOException {
    Files.writeString(
        folder.resolve("console.log.1"),
        "\u001b]52;c;eA==\u0007\u001b[2J\u009b2J\r\n".repeat(100_000));
    vm.prints("password=", 4 * MEBIBYTE);
    Files.writeString(folder.resolve("vmm.log"), "\u001b[2Jwarning\r\n");
    BootEvidence evidence = vm.evidence();
    assertThat(evidence.console()).doesNotContainPattern("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]");
    assertThat(evidence.machine().log()).isEqualTo("warning\n");
    assertThat(Diagnoses.explain(evidence).of(ChecksUnderTest.ID.value(), "netns").cause())
        .isNotEmpty();
    assertThat(Objects.requireNonNull(evidence.unmet()).number())
        .isEqualTo(Criterion.ROOT_DEVICE.number());
  }

  @Test
  void aBundleOfHostileFilesIsPackedAtOnce() throws IOException {
    vm.prints("a-a-token", 4 * MEBIBYTE);
    Files.writeString(
        folder.resolve("console.log.1"), "DB_PASS=geheim\n" + "secret".repeat(100_000));
    Files.writeString(folder.resolve("capture.pcap"), "no capture: DB_PASS=geheim");
    BootEvidence evidence = vm.evidence();
    byte[] packed = vm.bundle(evidence, "https://user:geheim@host");
    var all = new StringBuilder();
    try (var tar =
        new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(packed)))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String text = new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        all.append(entry.getName()).append('\n').append(text);
        if (entry.getName().endsWith("evidence.json")) {
          assertThat(Json.read(text, BootEvidence.class).console()).isNotEmpty();
        }
      }
    }
    assertThat(all.indexOf("geheim")).as("a secret").isNegative();
    assertThat(all.toString()).contains("console.log.1", "capture.pcap", "DB_PASS=(removed)");
  }
}

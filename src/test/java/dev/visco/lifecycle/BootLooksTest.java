package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnoses;
import dev.visco.host.LinuxHost;
import dev.visco.host.SteadyClock;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.session.GuestSessions;
import dev.visco.store.VmRow;
import dev.visco.verify.BootVerification;
import dev.visco.verify.Criterion;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
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
class BootLooksTest {
  private static final VmId ID = new VmId("vm-12345678");
  private static final int MEBIBYTE = 1 << 20;
  @TempDir Path data;
  private Path folder;
  private Image image;
  private Networks networks;
  private BootLooks looks;
  private Explainer explainer;

  @BeforeEach
  void prepare() throws IOException {
    var host = new FakeHost();
    folder = Files.createDirectory(data.resolve(ID.value()));
    Images images = MadeImages.with(host, data.resolve("images"), "made", Map.of());
    image = images.all().getFirst();
    networks =
        new Networks(
            new LinuxHost(), // It knows no slot of that name, and says so.
            new InstallationId("51ab"),
            Cidr.of("pool", "10.99.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var clocks = new Clocks(InstantSource.system(), SteadyClock.ofHost(), FakeHost.BOOT);
    var vmms = new Vmms(new Qemu(host, data, "tcg"), name -> new Qemu(host, data, "tcg"), List::of);
    looks =
        new BootLooks(
            networks, new GuestSessions(), vmms, new DesktopLooks(clocks.steady()), clocks);
    explainer = new Explainer(networks, vmms, looks, clocks);
  }

  private static VmSpec spec() {
    return new VmSpec(
        new UserId("tester"),
        "cli",
        "cli",
        Transport.MMIO,
        1,
        256,
        List.of(),
        null,
        Duration.ofMinutes(3));
  }

  private VmWork ended() {
    return VmWork.of(
        new VmRow(
            ID,
            "tester",
            Json.line(spec()),
            image.digest().value(),
            VmState.STOPPED,
            "verify-boot",
            "exist",
            0,
            null,
            null,
            null,
            0,
            null,
            null,
            null,
            null,
            null,
            null,
            1,
            1,
            null,
            null,
            1));
  }

  private void prints(String text, int bytes) throws IOException {
    Files.writeString(folder.resolve("console.log"), text.repeat(bytes / text.length()));
  }

  private BootLooks.Known inspect() {
    return looks.inspect(ended(), image, networks.plan(new SlotIndex(0)), folder);
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
      prints(hostile, MEBIBYTE);
      assertThat(BootVerification.isMet(inspect().verdicts())).as(hostile).isFalse();
    }
  }

  @Test
  void othersGoOnWhileManyAskForIt() throws Exception {
    prints("EXT4", MEBIBYTE);
    int many = 2 * Runtime.getRuntime().availableProcessors();
    var asked = new CountDownLatch(many);
    for (int one = 0; one < many; one++) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              inspect();
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
    BootEvidence evidence =
        explainer.gather(ended(), image, networks.plan(new SlotIndex(0)), folder);
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
    prints("password=", 4 * MEBIBYTE);
    Files.writeString(folder.resolve("vmm.log"), "\u001b[2Jwarning\r\n");
    BootEvidence evidence =
        explainer.gather(ended(), image, networks.plan(new SlotIndex(0)), folder);
    assertThat(evidence.console()).doesNotContainPattern("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]");
    assertThat(evidence.machine().log()).isEqualTo("warning\n");
    assertThat(Diagnoses.explain(evidence).of(ID.value(), "netns").cause()).isNotEmpty();
    assertThat(evidence.unmet().number()).isEqualTo(Criterion.ROOT_DEVICE.number());
  }

  @Test
  void aBundleOfHostileFilesIsPackedAtOnce() throws IOException {
    prints("a-a-token", 4 * MEBIBYTE);
    Files.writeString(
        folder.resolve("console.log.1"), "DB_PASS=geheim\n" + "secret".repeat(100_000));
    Files.writeString(folder.resolve("capture.pcap"), "no capture: DB_PASS=geheim");
    BootEvidence evidence =
        explainer.gather(ended(), image, networks.plan(new SlotIndex(0)), folder);
    var vm =
        new Vm(
            ID,
            spec(),
            VmState.STOPPED,
            "verify-boot",
            null,
            null,
            null,
            null,
            "https://user:geheim@host",
            Instant.EPOCH,
            Instant.EPOCH,
            null,
            null,
            1);
    var packed = new ByteArrayOutputStream();
    new Bundle(folder, vm, image, Map.of("kernel", "6.1")).write(evidence, packed);
    var all = new StringBuilder();
    try (var tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new ByteArrayInputStream(packed.toByteArray())))) {
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

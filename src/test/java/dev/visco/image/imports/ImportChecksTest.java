package dev.visco.image.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.RootProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImportChecksTest {
  private static final Map<String, String> LEAN =
      Map.of("VIRTIO_BLK", "y", "EXT4_FS", "y", "EFI_PARTITION", "y", "IP_PNP", "y");
  private static final Map<String, String> DISTRIBUTION =
      Map.of("VIRTIO_BLK", "m", "EXT4_FS", "m", "BLK_DEV_INITRD", "y", "RD_GZIP", "y");

  private static KernelProbe kernel(boolean startsUnderQemu) {
    return new KernelProbe(
        KernelProbe.KernelFormat.VMLINUX, null, "6.1.0", null, startsUnderQemu, 32, List.of());
  }

  private static InitrdProbe initrd(String release) {
    return new InitrdProbe(
        List.of("GZIP"),
        List.of("virtio_blk"),
        new TreeSet<>(List.of(release)),
        true,
        false,
        List.of());
  }

  private static ImportChecks checks(
      @Nullable Map<String, String> options, @Nullable InitrdProbe initrd) {
    return checks(options, initrd, false);
  }

  private static ImportChecks checks(
      @Nullable Map<String, String> options, @Nullable InitrdProbe initrd, boolean force) {
    var root =
        new RootProbe("gpt", 1, 1 << 20, "x", "ext4", "y", null, List.of(), "EXT4_FS", List.of());
    return new ImportChecks(kernel(true), options, initrd, root, force);
  }

  @Test
  void aLeanKernelBootsByItselfAndOnlyTheRootsContentIsUnknown() {
    ImportChecks checks = checks(LEAN, null);
    assertThat(checks.unknown())
        .singleElement()
        .asString()
        .startsWith("unknown: what is in the root file system");
    assertThat(checks.readsIp()).isEqualTo("kernel");
  }

  @Test
  void aDistributionsKernelNeedsItsInitramfs() {
    assertThatThrownBy(() -> checks(DISTRIBUTION, null).unknown())
        .hasMessageContaining("VIRTIO_BLK=m")
        .hasMessageContaining("Give the initramfs that belongs to this kernel.");
    assertThatCode(() -> checks(DISTRIBUTION, initrd("6.1.0")).unknown())
        .doesNotThrowAnyException();
  }

  @Test
  void aKernelWithoutTheFileSystemOrThePartitionTableIsRefused() {
    assertThatThrownBy(
            () -> checks(Map.of("VIRTIO_BLK", "y", "EFI_PARTITION", "y"), null).unknown())
        .hasMessageContaining("EXT4_FS=n")
        .hasMessageContaining("CONFIG_EXT4_FS=y");
    assertThatThrownBy(() -> checks(Map.of("VIRTIO_BLK", "y", "EXT4_FS", "y"), null).unknown())
        .hasMessageContaining("EFI_PARTITION=n");
  }

  @Test
  void anInitramfsThatTheKernelCannotUnpackIsRefused() {
    assertThatThrownBy(() ->
            checks(Map.of("BLK_DEV_INITRD", "y", "VIRTIO_BLK", "y"), initrd("6.1.0")).unknown())
        .hasMessageContaining("CONFIG_RD_GZIP");
  }

  @Test
  void modulesOfAnotherKernelAreRefusedWhereTheyAreNeededAndSaidElsewhere() {
    assertThatThrownBy(() -> checks(DISTRIBUTION, initrd("5.10.0")).unknown())
        .hasMessageContaining("5.10.0")
        .hasMessageContaining("the kernel is 6.1.0");
    assertThat(checks(null, initrd("5.10.0")).unknown())
        .anyMatch(text -> text.contains("modules are for 5.10.0 and cannot be loaded into 6.1.0"));
  }

  private static void canBeOverruled(
      Map<String, String> options, @Nullable InitrdProbe initrd, String... overruled) {
    assertThatThrownBy(() -> checks(options, initrd).unknown()).hasMessageContaining("--force");
    assertThat(checks(options, initrd, true).unknown())
        .filteredOn(text -> text.startsWith("overruled: "))
        .containsExactly(overruled);
  }

  @Test
  void withForceWhatCannotBootIsSaidAndNotRefused() {
    canBeOverruled(
        Map.of("VIRTIO_BLK", "m", "EFI_PARTITION", "y"),
        null,
        "overruled: initrd \"\" is missing: the kernel has VIRTIO_BLK=m and cannot mount its root without an initramfs.",
        "overruled: initrd \"\" is missing: the kernel has EXT4_FS=n and cannot mount its root without an initramfs.");
    canBeOverruled(
        Map.of("BLK_DEV_INITRD", "y", "VIRTIO_BLK", "y"),
        initrd("6.1.0"),
        "overruled: initrd \"GZIP\" cannot be used by this kernel, which has no CONFIG_RD_GZIP.");
    canBeOverruled(
        DISTRIBUTION,
        initrd("5.10.0"),
        "overruled: initrd \"5.10.0\" is the release that its modules were made for, and the kernel is 6.1.0.");
  }

  @Test
  void forceOverrulesNothingWhereNothingIsWrong() {
    assertThat(checks(LEAN, null, true).unknown()).isEqualTo(checks(LEAN, null).unknown());
  }

  @Test
  void withoutAConfigurationItSaysWhatItDoesNotKnow() {
    assertThat(checks(null, null).unknown())
        .anyMatch(text -> text.contains("VIRTIO_BLK, EXT4_FS, EFI_PARTITION built in"))
        .anyMatch(text -> text.startsWith("unknown: who gives the guest its address"));
  }

  @Test
  void anElfFileThatQemuCannotStartIsRefused() {
    var root = new RootProbe(null, 0, 0, null, "ext4", "y", null, List.of(), "EXT4_FS", List.of());
    for (boolean force : new boolean[] {false, true}) {
      assertThatThrownBy(() -> new ImportChecks(kernel(false), LEAN, null, root, force).unknown())
          .hasMessageContaining("PVH")
          .message()
          .doesNotContain("--force");
    }
  }

  @Test
  void aConfigurationMustBeOneAndThisKernels() {
    Path file = Path.of("/boot/config");
    assertThatThrownBy(() -> ImportChecks.requireConfiguration("hello", file, null))
        .hasMessageContaining("no line like CONFIG_VIRTIO_BLK=y");
    String text = "# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_PCI=y\n";
    assertThatCode(() -> ImportChecks.requireConfiguration(text, file, "6.1.0-56-cloud"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ImportChecks.requireConfiguration(text, file, "6.12.3"))
        .hasMessageContaining("of a kernel 6.1 for x86, and this kernel is 6.12.3");
    assertThatThrownBy(() ->
            ImportChecks.requireConfiguration(text.replace("x86", "arm64"), file, "6.1.0-56-cloud"))
        .hasMessageContaining("for arm64");
  }
}

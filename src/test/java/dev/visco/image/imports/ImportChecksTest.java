package dev.visco.image.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.image.RootContents;
import dev.visco.image.probe.BtrfsSubvolumes;
import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelModules;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.RootProblem;
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

  private static final List<String> NET = List.of("virtio_net");

  private static KernelProbe kernel(boolean startsUnderQemu) {
    return new KernelProbe(
        KernelProbe.KernelFormat.VMLINUX,
        null,
        "6.1.0",
        null,
        Map.of(),
        startsUnderQemu,
        32,
        List.of());
  }

  private static InitrdProbe initrd(String release) {
    return new InitrdProbe(
        List.of("GZIP"),
        List.of("virtio_blk", "ext4"),
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
    return new ImportChecks(kernel(true), options, initrd, root, null, null, null, force);
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

  /**
   * Firecracker starts it, so that the image is refused where QEMU is to run it and nowhere else.
   */
  @Test
  void anElfFileThatQemuCannotStartIsSaid() {
    var root = new RootProbe(null, 0, 0, null, "ext4", "y", null, List.of(), "EXT4_FS", List.of());
    assertThat(new ImportChecks(kernel(false), LEAN, null, root, null, null, null, false).unknown())
        .anyMatch(text -> text.startsWith("limited: ") && text.contains("PVH"));
  }

  /** What the kernel itself tells is enough to refuse, without its configuration. */
  @Test
  void aKernelThatHasNotBuiltInItsDiskNeedsAnInitramfs() {
    var root = new RootProbe(null, 0, 0, null, "ext4", "y", null, List.of(), "EXT4_FS", List.of());
    var modular = withBuiltIn(Map.of("VIRTIO_BLK", "m or n", "EXT4_FS", "y", "IP_PNP", "m or n"));
    var checks = new ImportChecks(modular, null, null, root, null, null, null, false);
    assertThatThrownBy(checks::unknown)
        .hasMessageContaining("has not built in VIRTIO_BLK")
        .hasMessageContaining("Give the initramfs that belongs to this kernel.");
    var lean = withBuiltIn(Map.of("VIRTIO_BLK", "y", "EXT4_FS", "y", "IP_PNP", "y"));
    var fine = new ImportChecks(lean, null, null, root, null, null, null, false);
    assertThat(fine.unknown()).noneMatch(text -> text.contains("can mount its root"));
    assertThat(fine.readsIp()).isEqualTo("kernel");
  }

  private static KernelProbe withBuiltIn(Map<String, String> options) {
    return new KernelProbe(
        KernelProbe.KernelFormat.VMLINUX, null, "6.1.0", null, options, true, 32, List.of());
  }

  @Test
  void aConfigurationMustBeOneAndThisKernels() {
    Path file = Path.of("/boot/config");
    assertThatThrownBy(() -> KernelConfigurations.require("hello", file, null))
        .hasMessageContaining("no line like CONFIG_VIRTIO_BLK=y");
    String text = "# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_PCI=y\n";
    assertThatCode(() -> KernelConfigurations.require(text, file, "6.1.0-56-cloud"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> KernelConfigurations.require(text, file, "6.12.3"))
        .hasMessageContaining("of a kernel 6.1 for x86, and this kernel is 6.12.3");
    assertThatThrownBy(() ->
            KernelConfigurations.require(text.replace("x86", "arm64"), file, "6.1.0-56-cloud"))
        .hasMessageContaining("for arm64");
  }

  private static RootInspection inspection(
      @Nullable String sshd,
      List<String> modules,
      List<RootProblem> problems,
      List<String> damages) {
    var contents =
        new RootContents("/sbin/init", sshd, null, modules, 9, 9L, problems, List.of("a note"));
    return new RootInspection(contents, KernelModules.of(null, null), false, damages, List.of());
  }

  private static ImportChecks with(RootInspection inspection, boolean force) {
    var root = new RootProbe(null, 0, 0, null, "ext4", "y", null, List.of(), "EXT4_FS", List.of());
    var options = Map.of("VIRTIO_BLK", "y", "EXT4_FS", "y", "IP_PNP", "y", "VIRTIO_NET", "m");
    return new ImportChecks(kernel(true), options, null, root, null, inspection, null, force);
  }

  @Test
  void whatIsUnknownIsShortWhereTheRootWasLookedInto() {
    assertThat(with(inspection("/usr/sbin/sshd", NET, List.of(), List.of()), false).unknown())
        .containsExactly(
            "warning: a note",
            "unknown: whether its sshd takes keys from the VM's seed disk: the configuration of /usr/sbin/sshd does not say so");
    assertThat(with(inspection(null, NET, List.of(), List.of()), false).unknown())
        .containsExactly("warning: a note");
  }

  @Test
  void whatKeepsGuestsFromWorkingIsRefused() {
    var init = new RootProblem("init-missing", "/sbin/init", "It is not there.", "Add it.");
    var wrong = inspection("/usr/sbin/sshd", NET, List.of(init), List.of());
    assertThatThrownBy(() -> with(wrong, false).unknown())
        .hasMessageContaining("rootfs \"/sbin/init\" cannot work: It is not there. Add it.")
        .hasMessageContaining("--force");
    assertThat(with(wrong, true).unknown())
        .contains("overruled: rootfs \"/sbin/init\" cannot work: It is not there.");
    // A volume may be what it wants.
    var fstab = new RootProblem(RootInspection.FSTAB, "/etc/fstab", "It waits.", "Remove it.");
    assertThat(with(inspection("/sshd", NET, List.of(fstab), List.of()), false).unknown())
        .contains("warning: It waits.");
  }

  @Test
  void aDamagedRootIsRefused() {
    var damaged = inspection("/usr/sbin/sshd", NET, List.of(), List.of("Inode checksum wrong"));
    assertThatThrownBy(() -> with(damaged, false).unknown())
        .hasMessageContaining("is damaged: Inode checksum wrong")
        .hasMessageContaining("e2fsck -f");
  }

  @Test
  void aNetworkDriverThatIsNowhereIsRefused() {
    var without = inspection("/usr/sbin/sshd", List.of("xfs"), List.of(), List.of());
    assertThatThrownBy(() -> with(without, false).unknown())
        .hasMessageContaining("virtio_net is not built in, and neither in the initramfs nor in");
  }

  @Test
  void anInitramfsWithoutTheDisksDriversOrAnInitIsRefused() {
    assertThatThrownBy(() -> checks(DISTRIBUTION, with(List.of("ext4"), null)).unknown())
        .hasMessageContaining("initrd \"virtio_blk\" is not in it")
        .hasMessageContaining("VIRTIO_BLK=m");
    assertThatThrownBy(() -> checks(DISTRIBUTION, with(List.of("virtio_blk"), null)).unknown())
        .hasMessageContaining("initrd \"ext4\" is not in it");
    var fault = new RootProblem(InitrdProbe.INIT_RULE, "/init", "It is empty.", "Fill it.");
    var both = List.of("virtio_blk", "ext4");
    assertThatThrownBy(() -> checks(DISTRIBUTION, with(both, fault)).unknown())
        .hasMessageContaining("initrd \"/init\" cannot work: It is empty. Fill it.");
  }

  private static InitrdProbe with(List<String> modules, @Nullable RootProblem fault) {
    return new InitrdProbe(
        List.of("GZIP"),
        modules,
        new TreeSet<>(List.of("6.1.0")),
        true,
        false,
        false,
        fault,
        List.of());
  }

  @Test
  void aRootThatCannotBeWrittenToNeedsAnInitramfsThatLaysAnOverlay() {
    for (String type : List.of("squashfs", "erofs")) {
      assertThat(ofReadOnly(type, null))
          .anyMatch(text ->
              text.startsWith("unknown: who lays an overlay over the root")
                  && text.contains(type)
                  && text.contains("visco-overlay"));
      assertThat(ofReadOnly(type, overlay(type, false, true)))
          .noneMatch(text -> text.contains("overlay"));
      assertThat(ofReadOnly(type, overlay(type, true, true)))
          .noneMatch(text -> text.contains("overlay"));
      assertThatThrownBy(() -> ofReadOnly(type, overlay(type, true, false)))
          .hasMessageContaining("initrd \"" + type + "\" is the root file system")
          .hasMessageContaining("Build the image anew");
    }
  }

  private static InitrdProbe overlay(String type, boolean isOurs, boolean hasOverlayRoot) {
    return new InitrdProbe(
        List.of("GZIP"),
        List.of("virtio_blk", type),
        new TreeSet<>(List.of("6.1.0")),
        true,
        isOurs,
        hasOverlayRoot,
        null,
        List.of());
  }

  private static List<String> ofReadOnly(String type, @Nullable InitrdProbe initrd) {
    String option = type.equals("erofs") ? "EROFS_FS" : "SQUASHFS";
    var root = new RootProbe(null, 0, 0, null, type, "y", null, List.of(), option, List.of());
    var options =
        Map.of(
            "VIRTIO_BLK", "y", option, "y", "IP_PNP", "y", "BLK_DEV_INITRD", "y", "RD_GZIP", "y");
    return new ImportChecks(kernel(true), options, initrd, root, null, null, null, false).unknown();
  }

  @Test
  void aBtrfssSubvolumeIsNamedToTheKernel() {
    var root =
        new RootProbe(null, 0, 0, null, "btrfs", "y", null, List.of(), "BTRFS_FS", List.of());
    var named = new BtrfsSubvolumes(false, List.of("root", "home"));
    var options = Map.of("VIRTIO_BLK", "y", "BTRFS_FS", "y", "IP_PNP", "y");
    var checks = new ImportChecks(kernel(true), options, null, root, null, null, named, false);
    assertThat(checks.rootFlags()).isEqualTo("subvol=root");
    assertThat(checks.unknown()).noneMatch(text -> text.contains("which subvolume"));
    var others = new BtrfsSubvolumes(false, List.of("a", "b"));
    var unclear = new ImportChecks(kernel(true), options, null, root, null, null, others, false);
    assertThat(unclear.rootFlags()).isNull();
    assertThat(unclear.unknown())
        .anyMatch(text -> text.contains("which subvolume is the root (there are a, b)"));
  }
}

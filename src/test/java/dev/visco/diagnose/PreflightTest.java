package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootPlan.HostState;
import dev.visco.diagnose.BootPlan.VmmFacts;
import dev.visco.model.MachineOption;
import dev.visco.model.Objection;
import dev.visco.model.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One plan that works, and one change to it for each rule. */
class PreflightTest {
  private static final Map<String, String> CONFIG =
      Map.of(
          "VIRTIO_BLK", "m",
          "VIRTIO_NET", "m",
          "VIRTIO_PCI", "m",
          "VIRTIO_MMIO", "m",
          "EXT4_FS", "m",
          "IP_PNP", "n");
  private static final List<String> MODULES =
      List.of("virtio_blk", "virtio_net", "virtio_pci", "virtio_mmio", "ext4");
  private static final KernelFacts KERNEL =
      new KernelFacts(
          "6.1.0-56-cloud-amd64", CONFIG, true, MODULES, "6.1.0-56-cloud-amd64", true, 72);
  private static final HostState HOST = new HostState(true, 10_000, null);
  private static final VmmFacts VMM = new VmmFacts("qemu 7.2", true, List.of());

  private static BootPlan plan(Transport transport, KernelFacts kernel, String... bootArgs) {
    return plan(transport, kernel, 256, "ext4", List.of(), VMM, HOST, bootArgs);
  }

  private static BootPlan plan(
      Transport transport,
      KernelFacts kernel,
      int memoryMib,
      @Nullable String fileSystem,
      List<String> owners,
      VmmFacts vmm,
      HostState host,
      String... bootArgs) {
    return new BootPlan(
        transport,
        List.of(bootArgs),
        "PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c",
        memoryMib,
        128,
        kernel,
        fileSystem,
        owners,
        0,
        0,
        Set.of(),
        vmm,
        host);
  }

  private static BootPlan plan(
      VmmFacts vmm, long diskMib, int vsockPort, MachineOption... options) {
    BootPlan plain = plan(Transport.MMIO, KERNEL, 256, "ext4", List.of(), vmm, HOST);
    return new BootPlan(
        plain.transport(),
        plain.bootArgs(),
        plain.imageRoot(),
        plain.memoryMib(),
        plain.imageMinMemoryMib(),
        plain.kernel(),
        plain.rootFileSystem(),
        plain.addressOwners(),
        diskMib,
        vsockPort,
        Set.of(options),
        plain.vmm(),
        plain.host());
  }

  @Test
  void aKernelThatCannotBeUnpackedIsNoneForFirecracker() {
    var firecracker =
        new VmmFacts(
            "firecracker 1.16.1",
            true,
            List.of(),
            Set.of(),
            "what its bzImage holds is packed with lzo");
    Objection found = only(plan(firecracker, 0, 0));
    assertThat(found.rule()).isEqualTo("kernel-not-elf");
    assertThat(found.cause()).contains("firecracker 1.16.1").contains("lzo");
    assertThat(found.remedy()).contains("vmlinux");
  }

  @Test
  void whatAVmmCannotGiveIsRefusedAndNotIgnored() {
    var some =
        new VmmFacts("firecracker 1.14.4", true, List.of(), Set.of(MachineOption.BALLOON), "");
    Objection found = only(plan(some, 0, 0, MachineOption.BALLOON, MachineOption.CONSOLE_RATE));
    assertThat(found.rule()).isEqualTo("option-unsupported");
    assertThat(found.value()).isEqualTo("a rate limit of the console");
    assertThat(found.cause()).contains("firecracker 1.14.4");
    assertThat(Preflight.objections(plan(some, 0, 0, MachineOption.BALLOON))).isEmpty();
  }

  @Test
  void vsockNeedsAServiceInTheImageAndFallsBackToTcpWhereTheVmmHasNone() {
    assertThat(only(plan(VMM, 0, 0, MachineOption.VSOCK)).rule()).isEqualTo("vsock-not-in-image");
    assertThat(Preflight.objections(plan(VMM, 0, 22, MachineOption.VSOCK))).isEmpty();
  }

  @Test
  void aRawDiskNeedsItsRoomAtOnce() {
    assertThat(Preflight.objections(plan(VMM, 9_936, 0))).isEmpty();
    Objection found = only(plan(VMM, 9_937, 0));
    assertThat(found.rule()).isEqualTo("disk-full");
    assertThat(found.value()).isEqualTo("10000 MiB free");
    assertThat(found.cause()).contains("10001 MiB at least");
  }

  private static KernelFacts without(String option, String value, String module) {
    var config = new HashMap<>(CONFIG);
    config.put(option, value);
    return new KernelFacts(
        KERNEL.release(),
        config,
        true,
        MODULES.stream().filter(name -> !name.equals(module)).toList(),
        KERNEL.initrdRelease(),
        true,
        72);
  }

  private static Objection only(BootPlan plan) {
    List<Objection> objections = Preflight.objections(plan);
    assertThat(objections).hasSize(1);
    Objection objection = objections.getFirst();
    assertThat(objection.cause()).endsWith(".");
    assertThat(objection.remedy()).isNotBlank();
    return objection;
  }

  @Test
  void letsThroughWhatWorks() {
    assertThat(Preflight.objections(plan(Transport.MMIO, KERNEL, "quiet"))).isEmpty();
    assertThat(Preflight.objections(plan(Transport.PCI, KERNEL))).isEmpty();
  }

  @Test
  void doesNotRefuseForWhatIsNotKnown() {
    var unknown = new KernelFacts(null, Map.of(), true, List.of(), null, null, 0);
    assertThat(Preflight.objections(plan(Transport.PCI, unknown, 8, null, List.of(), VMM, HOST)))
        .extracting(Objection::rule)
        .containsExactly("memory-below-image");
  }

  @Test
  void theFirstSystemsOwnFixIsRefusedWithTheTrueReason() {
    List<Objection> objections =
        Preflight.objections(plan(Transport.PCI, KERNEL, "root=/dev/sda", "rootwait"));
    assertThat(objections)
        .extracting(Objection::rule)
        .containsExactly("root-named-scsi", "rootwait-without-deadline");
    assertThat(objections.getFirst().cause()).contains("/dev/vda on MMIO and on PCI alike");
    assertThat(objections.getFirst().remedy()).contains("/dev/vda");
    assertThat(objections.getFirst().corrected())
        .isEqualTo("root=PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c");
  }

  @Test
  void namesThePartitionThatASecondRootWouldBe() {
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/sda1")).remedy())
        .contains("/dev/vda1.");
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/vda1")).rule())
        .isEqualTo("second-root");
  }

  @Test
  void pciSwitchedOffMattersOnPciOnly() {
    assertThat(only(plan(Transport.PCI, KERNEL, "pci=off")).rule()).isEqualTo("pci-switched-off");
    assertThat(Preflight.objections(plan(Transport.MMIO, KERNEL, "pci=off"))).isEmpty();
    assertThat(only(plan(Transport.MMIO, KERNEL, "acpi=off")).rule())
        .isEqualTo("acpi-switched-off");
  }

  @Test
  void aReleaseWithoutPciOrWithAKnownHoleIsRefused() {
    var old = new VmmFacts("firecracker 1.9.1", false, List.of());
    Objection objection = only(plan(Transport.PCI, KERNEL, 256, "ext4", List.of(), old, HOST));
    assertThat(objection.rule()).isEqualTo("pci-unsupported");
    assertThat(objection.corrected()).isEqualTo("mmio");
    assertThat(
            Preflight.objections(plan(Transport.MMIO, KERNEL, 256, "ext4", List.of(), old, HOST)))
        .isEmpty();
    var holed = new VmmFacts("firecracker 1.13.1", true, List.of("CVE-2026-5747"));
    assertThat(only(plan(Transport.PCI, KERNEL, 256, "ext4", List.of(), holed, HOST)).cause())
        .contains("CVE-2026-5747");
  }

  @Test
  void aModuleWithoutAnInitramfsThatHoldsItIsRefused() {
    Objection block = only(plan(Transport.MMIO, without("VIRTIO_BLK", "m", "virtio_blk")));
    assertThat(block.rule()).isEqualTo("virtio-blk-missing");
    assertThat(block.cause()).contains("the initramfs does not hold it");
    assertThat(only(plan(Transport.MMIO, without("VIRTIO_NET", "m", "virtio_net"))).rule())
        .isEqualTo("virtio-net-missing");
    assertThat(only(plan(Transport.PCI, without("VIRTIO_PCI", "n", "virtio_pci"))).rule())
        .isEqualTo("virtio-pci-missing");
    assertThat(only(plan(Transport.MMIO, without("VIRTIO_MMIO", "n", "virtio_mmio"))).rule())
        .isEqualTo("virtio-mmio-missing");
    assertThat(
            Preflight.objections(plan(Transport.PCI, without("VIRTIO_MMIO", "n", "virtio_mmio"))))
        .isEmpty();
    assertThat(only(plan(Transport.MMIO, without("EXT4_FS", "m", "ext4"))).rule())
        .isEqualTo("root-file-system-driver-missing");
    assertThat(Preflight.objections(plan(Transport.MMIO, without("VIRTIO_BLK", "y", "virtio_blk"))))
        .isEmpty();
  }

  @Test
  void withoutAnInitramfsTheOriginalIncidentIsNamedInFull() {
    var kernel = new KernelFacts("6.1.0", CONFIG, false, List.of(), null, null, 72);
    assertThat(Preflight.objections(plan(Transport.MMIO, kernel)))
        .extracting(Objection::rule)
        .containsExactly(
            "virtio-mmio-missing",
            "virtio-blk-missing",
            "virtio-net-missing",
            "root-file-system-driver-missing",
            "nobody-reads-ip");
  }

  @Test
  void modulesOfAnotherKernelAreRefused() {
    var kernel =
        new KernelFacts(
            "6.1.0-56-cloud-amd64", CONFIG, true, MODULES, "6.1.0-55-cloud-amd64", true, 72);
    assertThat(only(plan(Transport.MMIO, kernel)).value()).contains("6.1.0-55", "6.1.0-56");
  }

  @Test
  void tooLittleMemoryIsRefusedForTheKernelAndForTheImage() {
    Objection kernel = only(plan(Transport.MMIO, KERNEL, 40, "ext4", List.of(), VMM, HOST));
    assertThat(kernel.rule()).isEqualTo("memory-below-kernel");
    assertThat(kernel.corrected()).isEqualTo("128");
    Objection image = only(plan(Transport.MMIO, KERNEL, 100, "ext4", List.of(), VMM, HOST));
    assertThat(image.rule()).isEqualTo("memory-below-image");
    assertThat(
            Preflight.objections(plan(Transport.MMIO, KERNEL, 128, "ext4", List.of(), VMM, HOST)))
        .isEmpty();
  }

  @Test
  void theAddressHasExactlyOneOwner() {
    var unread =
        new KernelFacts(KERNEL.release(), CONFIG, true, MODULES, KERNEL.release(), false, 72);
    assertThat(only(plan(Transport.MMIO, unread)).rule()).isEqualTo("nobody-reads-ip");
    var owners = List.of("/etc/network/interfaces: iface eth0 inet dhcp");
    Objection two = only(plan(Transport.MMIO, KERNEL, 256, "ext4", owners, VMM, HOST));
    assertThat(two.rule()).isEqualTo("two-owners-of-the-address");
    assertThat(two.value()).contains("/etc/network/interfaces");
    assertThat(Preflight.objections(plan(Transport.MMIO, unread, 256, "ext4", owners, VMM, HOST)))
        .isEmpty();
    assertThat(only(plan(Transport.MMIO, KERNEL, "ip=dhcp")).rule()).isEqualTo("second-ip");
  }

  @Test
  void theConsoleStaysWhereItIsRecorded() {
    assertThat(only(plan(Transport.MMIO, KERNEL, "console=tty0")).rule())
        .isEqualTo("console-elsewhere");
    assertThat(
            Preflight.objections(
                plan(Transport.MMIO, KERNEL, "console=tty0", "console=ttyS0,115200")))
        .isEmpty();
  }

  @Test
  void theHostMustForwardAndHaveRoom() {
    assertThat(
            only(plan(
                    Transport.MMIO,
                    KERNEL,
                    256,
                    "ext4",
                    List.of(),
                    VMM,
                    new HostState(false, 10_000, null)))
                .rule())
        .isEqualTo("forwarding-off");
    assertThat(
            only(plan(
                    Transport.MMIO,
                    KERNEL,
                    256,
                    "ext4",
                    List.of(),
                    VMM,
                    new HostState(true, 12, null)))
                .rule())
        .isEqualTo("disk-full");
  }

  private static List<Objection> behind(boolean isCertain) {
    var chain =
        new BootEvidence.ObstacleEvidence(
            "inet fw", "fwd", "forward", "chain fwd of table inet fw drops answers", isCertain);
    var firewall =
        new BootEvidence.HostFirewall(true, true, List.of(chain), "v00ffh", "192.168.100.0/24");
    var host = new HostState(true, 10_000, firewall);
    return Preflight.objections(plan(Transport.MMIO, KERNEL, 256, "ext4", List.of(), VMM, host));
  }

  @Test
  void aFirewallThatCertainlyKeepsGuestsInIsNamedWithWhatLetsThemOut() {
    Objection objection = behind(true).getFirst();
    assertThat(objection.rule()).isEqualTo("forward-dropped");
    assertThat(objection.value()).isEqualTo("inet fw fwd");
    assertThat(objection.cause()).contains("chain fwd of table inet fw drops answers");
    assertThat(objection.remedy())
        .contains("nft insert rule inet fw fwd iifname '\"v00ffh*\"' accept")
        .contains("nft insert rule inet fw fwd oifname '\"v00ffh*\"' ct state established,related");
    assertThat(behind(false)).as("one that may let them out").isEmpty();
  }
}

package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootPlan.HostState;
import dev.visco.diagnose.BootPlan.VmmFacts;
import dev.visco.model.MachineOption;
import dev.visco.model.Objection;
import dev.visco.model.RootProblem;
import dev.visco.model.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
  private static final String ROOT = "PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c";
  private static final String FILE_SYSTEM = "0b1c2d3e-a6e2-3460-bb3e-20f9590a669c";
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
        new RootFacts(ROOT, ROOT.replace("PARTUUID=", ""), FILE_SYSTEM, fileSystem),
        memoryMib,
        128,
        kernel,
        owners,
        0,
        0,
        null,
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
        plain.root(),
        plain.memoryMib(),
        plain.imageMinMemoryMib(),
        plain.kernel(),
        plain.addressOwners(),
        diskMib,
        vsockPort,
        plain.lostTools(),
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
  void anImageWhoseDiskOfToolsIsGoneIsNamedWithWhatMakesItAnew() {
    BootPlan plain = plan(Transport.MMIO, KERNEL);
    var lost =
        new BootPlan(
            plain.transport(),
            plain.bootArgs(),
            plain.root(),
            plain.memoryMib(),
            plain.imageMinMemoryMib(),
            plain.kernel(),
            plain.addressOwners(),
            plain.diskMib(),
            plain.vsockPort(),
            "cli-tools",
            plain.options(),
            plain.vmm(),
            plain.host());
    Objection found = only(lost);
    assertThat(found.rule()).isEqualTo("tools-lost");
    assertThat(found.value()).isEqualTo("cli-tools");
    assertThat(found.remedy()).contains("build the image cli-tools");
  }

  @Test
  void aKernelWithoutAPvhEntryIsNoneForQemu() {
    var qemu = new VmmFacts("qemu", true, List.of(), Set.of(), "it has no PVH entry");
    Objection found = only(plan(qemu, 0, 0));
    assertThat(found.rule()).isEqualTo("kernel-without-pvh");
    assertThat(found.cause())
        .isEqualTo("QEMU cannot start this kernel, an ELF file: it has no PVH entry.");
    assertThat(found.remedy()).contains("CONFIG_PVH=y").contains("Firecracker");
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
    assertThat(objections).extracting(Objection::rule).containsExactly("root-named-scsi");
    assertThat(objections.getFirst().cause()).contains("/dev/vda on MMIO and on PCI alike");
    assertThat(objections.getFirst().remedy()).contains("/dev/vda");
    assertThat(objections.getFirst().corrected())
        .isEqualTo("root=PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c");
  }

  @Test
  void theRemedyOfARefusedRootIsNotRefused() {
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/sda1")).remedy())
        .contains("/dev/vda1.");
    assertThat(Preflight.objections(plan(Transport.MMIO, KERNEL, "root=/dev/vda1"))).isEmpty();
  }

  /** What the image says already, by whatever name, keeps no guest from booting. */
  @Test
  void whatMerelyRepeatsIsAWarning() {
    for (String word :
        List.of(
            "root=" + ROOT,
            "root=" + ROOT.toUpperCase(Locale.ROOT),
            "root=UUID=" + FILE_SYSTEM,
            "root=LABEL=system",
            "rootwait")) {
      BootPlan plan = plan(Transport.MMIO, KERNEL, word);
      assertThat(Preflight.objections(plan)).as(word).isEmpty();
      assertThat(BootWarnings.of(plan.bootArgs(), plan.root())).as(word).hasSize(1);
    }
    var root = new RootFacts(ROOT, null, null, null);
    assertThat(BootWarnings.of(List.of("quiet"), root)).isEmpty();
    assertThat(BootWarnings.of(List.of("root=" + ROOT), root).getFirst())
        .contains("is what the image says already");
    assertThat(BootWarnings.of(List.of("root=/dev/vda1"), root).getFirst())
        .contains("takes the place of the image's own root=" + ROOT);
  }

  @Test
  void aRootThatTheDiskDoesNotHaveIsRefusedForThat() {
    Objection partition =
        only(plan(Transport.MMIO, KERNEL, "root=PARTUUID=00000000-0000-0000-0000-000000000001"));
    assertThat(partition.rule()).isEqualTo("root-not-on-disk");
    assertThat(partition.cause()).contains("has the id fb9cce59-a6e2-3460-bb3e-20f9590a669c");
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=UUID=1")).cause()).contains(FILE_SYSTEM);
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/vda")).cause())
        .contains("has partitions");
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/vdb")).cause())
        .contains("holds the VM's keys");
    assertThat(only(plan(Transport.MMIO, KERNEL, "root=/dev/vda1", "root=/dev/vda2")).rule())
        .isEqualTo("second-root");
    BootPlan bare = withRoot(new RootFacts("/dev/vda", null, null, "ext4"), "root=/dev/vda1");
    assertThat(only(bare).cause()).contains("has no partitions");
    BootPlan unknown = withRoot(new RootFacts("/dev/vda3", null, null, null), "root=UUID=1");
    assertThat(Preflight.objections(unknown)).isEmpty();
  }

  private static BootPlan withRoot(RootFacts root, String... bootArgs) {
    BootPlan plain = plan(Transport.MMIO, KERNEL, bootArgs);
    return new BootPlan(
        plain.transport(),
        plain.bootArgs(),
        root,
        plain.memoryMib(),
        plain.imageMinMemoryMib(),
        plain.kernel(),
        plain.addressOwners(),
        plain.diskMib(),
        plain.vsockPort(),
        plain.lostTools(),
        plain.options(),
        plain.vmm(),
        plain.host());
  }

  @Test
  void aKernelAloneFindsNoFileSystemByItsId() {
    var config = new HashMap<>(CONFIG);
    config.replaceAll((option, value) -> "y");
    var alone = new KernelFacts("6.1.0", config, false, null, null, false, 72);
    assertThat(only(plan(Transport.MMIO, alone, "root=LABEL=system")).rule())
        .isEqualTo("root-needs-initramfs");
    assertThat(Preflight.objections(plan(Transport.MMIO, alone, "root=/dev/vda1"))).isEmpty();
  }

  /** Arguments of Firecracker's own default command line, and of those who copied it. */
  @Test
  void argumentsThatOnlyOtherMachinesBearAreRefused() {
    assertThat(only(plan(Transport.MMIO, KERNEL, "noapic")).rule()).isEqualTo("apic-switched-off");
    var firecracker = new VmmFacts("firecracker 1.16.1", true, List.of());
    assertThat(
            Preflight.objections(
                plan(Transport.MMIO, KERNEL, 256, "ext4", List.of(), firecracker, HOST, "noapic")))
        .as("it has the older interrupt controller")
        .isEmpty();
    Objection modules = only(plan(Transport.MMIO, KERNEL, "nomodule"));
    assertThat(modules.rule()).isEqualTo("modules-switched-off");
    assertThat(modules.cause()).contains("virtio_blk, virtio_net");
    var builtIn = new HashMap<>(CONFIG);
    builtIn.replaceAll((option, value) -> "y");
    var whole = new KernelFacts(KERNEL.release(), builtIn, true, MODULES, null, true, 72);
    assertThat(Preflight.objections(plan(Transport.MMIO, whole, "nomodule"))).isEmpty();
    assertThat(only(plan(Transport.MMIO, KERNEL, "8250.nr_uarts=0")).rule())
        .isEqualTo("console-elsewhere");
  }

  /** What depends on a module is not built in, so that nobody needs to know the configuration. */
  @Test
  void aModuleInTheInitramfsProvesWhatCannotBeBuiltIn() {
    var found = new KernelFacts("6.1.0", Map.of(), true, List.of("virtio"), "6.1.0", null, 0);
    assertThat(Preflight.objections(plan(Transport.MMIO, found)))
        .extracting(Objection::rule)
        .containsExactly("virtio-mmio-missing", "virtio-blk-missing");
    Objection block = Preflight.objections(plan(Transport.MMIO, found)).getLast();
    assertThat(block.cause()).contains("it is not built into the kernel, and the initramfs");
    assertThat(block.value()).isEqualTo("CONFIG_VIRTIO_BLK is not built in");
    var other = new KernelFacts("6.1.0", Map.of(), true, List.of("virtio"), "5.10.0", null, 0);
    assertThat(Preflight.objections(plan(Transport.MMIO, other)))
        .as("modules of another kernel prove nothing about this one")
        .extracting(Objection::rule)
        .containsExactly("modules-of-another-kernel");
    var journal = new KernelFacts("6.1.0", Map.of(), true, List.of("jbd2"), "6.1.0", null, 0);
    assertThat(only(plan(Transport.MMIO, journal)).rule())
        .isEqualTo("root-file-system-driver-missing");
    var unread = new KernelFacts("6.1.0", Map.of(), true, null, null, null, 0);
    assertThat(Preflight.objections(plan(Transport.MMIO, unread))).isEmpty();
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

  /** What was found in the image's root file system is an objection, each by its own rule. */
  @Test
  void whatIsWrongInTheRootFileSystemIsRefused() {
    var problem = new RootProblem("init-missing", "/sbin/init", "It is not there.", "Add it.");
    var root = new RootFacts(ROOT, null, null, "ext4", List.of(problem));
    assertThat(Preflight.objections(withRoot(root)))
        .singleElement()
        .isEqualTo(
            new Objection(
                "init-missing", "image", "/sbin/init", "It is not there.", "Add it.", null));
  }

  @Test
  void theRootFileSystemMayHoldTheNetworkDriver() {
    assertThat(Preflight.objections(plan(Transport.MMIO, modular(List.of("virtio_net")))))
        .isEmpty();
    assertThat(Preflight.objections(plan(Transport.MMIO, modular(List.of("xfs")))))
        .singleElement()
        .satisfies(objection -> {
          assertThat(objection.rule()).isEqualTo("virtio-net-missing");
          assertThat(objection.cause()).contains("neither does /lib/modules");
        });
  }

  private static KernelFacts modular(List<String> rootModules) {
    List<String> initrd = List.of("virtio_blk", "virtio_mmio", "ext4");
    return new KernelFacts("6.1.0", CONFIG, true, initrd, "6.1.0", null, 72, rootModules);
  }
}

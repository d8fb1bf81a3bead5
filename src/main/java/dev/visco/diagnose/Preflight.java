package dev.visco.diagnose;

import dev.visco.model.MachineOption;
import dev.visco.model.Objection;
import dev.visco.model.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What cannot boot, told before anything is started. Each rule is decided from the plan alone and
 * objects only when it is certain: what is not known is no reason to refuse.
 */
public final class Preflight {
  /** The rule that objects to a VMM release with known vulnerabilities. */
  public static final String VULNERABLE = "vulnerable-vmm";

  /** Less than this and the first writes of a guest end in I/O errors. */
  private static final long LEAST_DISK_MIB = 64;

  private static final Pattern SCSI_DISK = Pattern.compile("root=/dev/(sd[a-z]+|hd[a-z]+)(\\d*)");

  /** In the order in which a boot would meet them. */
  private static final List<Function<BootPlan, Optional<Objection>>> RULES =
      List.of(
          Preflight::pciUnsupported,
          Preflight::vulnerable,
          Preflight::kernelNotElf,
          Preflight::optionUnsupported,
          Preflight::vsockNotInImage,
          Preflight::diskFull,
          Preflight::forwardingOff,
          Preflight::memoryBelowKernel,
          Preflight::memoryBelowImage,
          Preflight::pciSwitchedOff,
          Preflight::acpiSwitchedOff,
          Preflight::transportDriverMissing,
          Preflight::modulesOfAnotherKernel,
          Preflight::blockDriverMissing,
          Preflight::networkDriverMissing,
          Preflight::rootNamedScsi,
          Preflight::secondRoot,
          Preflight::rootwait,
          Preflight::fileSystemDriverMissing,
          Preflight::consoleElsewhere,
          Preflight::nobodyReadsIp,
          Preflight::secondIp,
          Preflight::twoOwnersOfTheAddress);

  private Preflight() {}

  /** Everything that is certain to go wrong; empty when nothing is. */
  public static List<Objection> objections(BootPlan plan) {
    var found = new ArrayList<Objection>();
    RULES.forEach(rule -> rule.apply(plan).ifPresent(found::add));
    return found;
  }

  private static Optional<Objection> pciUnsupported(BootPlan plan) {
    return when(
        plan.transport() == Transport.PCI && !plan.vmm().hasPci(),
        "pci-unsupported",
        "transport",
        "pci",
        plan.vmm().name() + " has no PCI: Firecracker has it from 1.13 on, by --enable-pci.",
        "Use a newer release, or transport mmio.",
        "mmio");
  }

  private static Optional<Objection> vulnerable(BootPlan plan) {
    return when(
        !plan.vmm().vulnerabilities().isEmpty(),
        VULNERABLE,
        "vmm",
        plan.vmm().name(),
        "This release is known to be vulnerable: "
            + String.join(", ", plan.vmm().vulnerabilities())
            + ".",
        "Use a release in which that is repaired.",
        null);
  }

  private static Optional<Objection> kernelNotElf(BootPlan plan) {
    String whyNot = plan.vmm().whyNotThisKernel();
    return when(
        !whyNot.isEmpty(),
        "kernel-not-elf",
        "image",
        "its kernel",
        plan.vmm().name()
            + " starts only an uncompressed ELF kernel, and this one cannot be unpacked to one: "
            + whyNot
            + ".",
        "Import the image with the kernel unpacked (a vmlinux), or run it on QEMU.",
        null);
  }

  private static Optional<Objection> optionUnsupported(BootPlan plan) {
    var unsupported = new TreeSet<>(plan.options());
    unsupported.removeAll(plan.vmm().options());
    // A vsock is a faster way to where TCP leads as well.
    unsupported.remove(MachineOption.VSOCK);
    String what = unsupported.stream().map(MachineOption::text).collect(Collectors.joining(", "));
    return when(
        !unsupported.isEmpty(),
        "option-unsupported",
        "vmType",
        what,
        "The VM type sets " + what + ", which " + plan.vmm().name() + " cannot give.",
        "Use a release that can, or a VM type without it.",
        null);
  }

  private static Optional<Objection> vsockNotInImage(BootPlan plan) {
    return when(
        plan.options().contains(MachineOption.VSOCK) && plan.vsockPort() == 0,
        "vsock-not-in-image",
        "vmType",
        "vsock",
        "The VM type asks for vsock, and nothing in the image listens there.",
        "Give a service of the image's recipe a vsock-port, or leave vsock out of the VM type.",
        null);
  }

  private static Optional<Objection> diskFull(BootPlan plan) {
    long needed = plan.diskMib() + LEAST_DISK_MIB;
    return when(
        plan.host().freeDiskMib() < needed,
        "disk-full",
        "data",
        plan.host().freeDiskMib() + " MiB free",
        "The data folder's file system has no room for what a VM takes and writes: "
            + needed
            + " MiB at least.",
        "Free some space: visco ps --all shows failed VMs that keep their evidence, visco image ls images.",
        null);
  }

  private static Optional<Objection> forwardingOff(BootPlan plan) {
    return when(
        !plan.host().isForwarding(),
        "forwarding-off",
        "net.ipv4.ip_forward",
        "0",
        "The host forwards no packets any more; somebody switched it off after Visco's start. The guest would reach nothing.",
        "Switch it on: sysctl -w net.ipv4.ip_forward=1",
        "1");
  }

  private static Optional<Objection> memoryBelowKernel(BootPlan plan) {
    int least = plan.kernel().leastMemoryMib();
    return when(
        plan.memoryMib() < least,
        "memory-below-kernel",
        "memoryMib",
        Integer.toString(plan.memoryMib()),
        "This kernel needs "
            + least
            + " MiB to unpack itself; with less it dies without a word, and the VMM ends with exit code 0.",
        "Give at least " + Math.max(least, plan.imageLeastMemoryMib()) + " MiB.",
        Integer.toString(Math.max(least, plan.imageLeastMemoryMib())));
  }

  private static Optional<Objection> memoryBelowImage(BootPlan plan) {
    return when(
        plan.memoryMib() >= plan.kernel().leastMemoryMib()
            && plan.memoryMib() < plan.imageLeastMemoryMib(),
        "memory-below-image",
        "memoryMib",
        Integer.toString(plan.memoryMib()),
        "The image says that its services need " + plan.imageLeastMemoryMib() + " MiB.",
        "Give at least " + plan.imageLeastMemoryMib() + " MiB.",
        Integer.toString(plan.imageLeastMemoryMib()));
  }

  private static Optional<Objection> pciSwitchedOff(BootPlan plan) {
    return when(
        plan.transport() == Transport.PCI && plan.hasArgument("pci=off"),
        "pci-switched-off",
        "bootArgs",
        "pci=off",
        "The devices are on PCI, and pci=off keeps the kernel from looking there: no disk, no network.",
        "Leave pci=off out, or use transport mmio.",
        "");
  }

  private static Optional<Objection> acpiSwitchedOff(BootPlan plan) {
    return when(
        plan.hasArgument("acpi=off"),
        "acpi-switched-off",
        "bootArgs",
        "acpi=off",
        "The VMM describes its devices by ACPI; with acpi=off the kernel finds none of them.",
        "Leave acpi=off out.",
        "");
  }

  private static Optional<Objection> transportDriverMissing(BootPlan plan) {
    boolean isPci = plan.transport() == Transport.PCI;
    String option = isPci ? "VIRTIO_PCI" : "VIRTIO_MMIO";
    return when(
        plan.kernel().lacks(option, isPci ? "virtio_pci" : "virtio_mmio"),
        isPci ? "virtio-pci-missing" : "virtio-mmio-missing",
        "image",
        plan.kernel().option(option),
        "The kernel cannot see virtio devices on " + (isPci ? "PCI" : "MMIO") + ".",
        driverRemedy(plan, isPci ? "virtio_pci" : "virtio_mmio")
            + (isPci ? " Transport mmio may work." : " Transport pci may work."),
        isPci ? "mmio" : "pci");
  }

  private static Optional<Objection> modulesOfAnotherKernel(BootPlan plan) {
    String release = plan.kernel().release();
    String modules = plan.kernel().initrdRelease();
    return when(
        release != null && modules != null && !release.equals(modules),
        "modules-of-another-kernel",
        "image",
        "kernel " + release + ", modules " + modules,
        "A kernel loads only modules that were built for it: the initramfs can load none of its drivers.",
        "Make the initramfs from the modules of "
            + release
            + " (update-initramfs -c -k "
            + release
            + ").",
        null);
  }

  private static Optional<Objection> blockDriverMissing(BootPlan plan) {
    return when(
        plan.kernel().lacks("VIRTIO_BLK", "virtio_blk"),
        "virtio-blk-missing",
        "image",
        plan.kernel().option("VIRTIO_BLK"),
        "The root disk's driver is not there when root is mounted: "
            + where(plan, "VIRTIO_BLK")
            + ".",
        driverRemedy(plan, "virtio_blk"),
        null);
  }

  private static Optional<Objection> networkDriverMissing(BootPlan plan) {
    boolean isNeeded =
        plan.kernel().is("VIRTIO_NET", "n") || !plan.kernel().hasInitrd() || ipIsOurs(plan);
    return when(
        isNeeded && plan.kernel().lacks("VIRTIO_NET", "virtio_net"),
        "virtio-net-missing",
        "image",
        plan.kernel().option("VIRTIO_NET"),
        "The network card's driver is not there when ip= is applied: "
            + where(plan, "VIRTIO_NET")
            + ".",
        driverRemedy(plan, "virtio_net"),
        null);
  }

  private static boolean ipIsOurs(BootPlan plan) {
    return Boolean.TRUE.equals(plan.kernel().initrdReadsIp());
  }

  private static String where(BootPlan plan, String option) {
    if (plan.kernel().is(option, "n")) {
      return "the kernel was built without it";
    }
    return plan.kernel().hasInitrd()
        ? "it is a module, and the initramfs does not hold it"
        : "it is a module, and there is no initramfs";
  }

  private static String driverRemedy(BootPlan plan, String module) {
    return plan.kernel().hasInitrd()
        ? "Add " + module + " to the initramfs, or build it into the kernel."
        : "Build " + module + " into the kernel, or give an initramfs that holds it.";
  }

  private static Optional<Objection> rootNamedScsi(BootPlan plan) {
    for (String root : plan.roots()) {
      var name = SCSI_DISK.matcher(root);
      if (name.matches()) {
        return when(
            true,
            "root-named-scsi",
            "bootArgs",
            root,
            "Virtio disks are /dev/vda on MMIO and on PCI alike; "
                + name.group(1)
                + " is the name of a SCSI or IDE disk, and there is none.",
            "Leave root= out: the image's own is "
                + plan.imageRoot()
                + ". By name it would be /dev/vda"
                + name.group(2)
                + ".",
            "root=" + plan.imageRoot());
      }
    }
    return Optional.empty();
  }

  private static Optional<Objection> secondRoot(BootPlan plan) {
    List<String> roots = plan.roots();
    boolean isScsi = roots.stream().anyMatch(root -> SCSI_DISK.matcher(root).matches());
    return when(
        !roots.isEmpty() && !isScsi,
        "second-root",
        "bootArgs",
        roots.isEmpty() ? "" : roots.getLast(),
        "The image already says root="
            + plan.imageRoot()
            + "; of two the kernel takes the last one.",
        "Leave it out.",
        "root=" + plan.imageRoot());
  }

  private static Optional<Objection> rootwait(BootPlan plan) {
    return when(
        plan.hasArgument("rootwait"),
        "rootwait-without-deadline",
        "bootArgs",
        "rootwait",
        "Where the root disk never appears, rootwait turns the kernel's plain message into a silent hang for ever.",
        plan.kernel().hasInitrd()
            ? "Leave it out: the initramfs waits for the disk, with a deadline."
            : "Leave it out: virtio disks are there before root is mounted.",
        "");
  }

  private static Optional<Objection> fileSystemDriverMissing(BootPlan plan) {
    String type = plan.rootFileSystem();
    String option =
        switch (type == null ? "" : type) {
          case "ext4", "ext3", "ext2" -> "EXT4_FS";
          case "xfs" -> "XFS_FS";
          case "btrfs" -> "BTRFS_FS";
          case "squashfs" -> "SQUASHFS";
          case "erofs" -> "EROFS_FS";
          default -> "";
        };
    String module = option.equals("EXT4_FS") ? "ext4" : type == null ? "" : type;
    return when(
        !option.isEmpty() && plan.kernel().lacks(option, module),
        "root-file-system-driver-missing",
        "image",
        plan.kernel().option(option),
        "The root file system is "
            + type
            + ", which the kernel cannot mount: "
            + where(plan, option)
            + ".",
        driverRemedy(plan, module),
        null);
  }

  private static Optional<Objection> consoleElsewhere(BootPlan plan) {
    String last = "";
    for (String word : plan.bootArgs()) {
      if (word.startsWith("console=")) {
        last = word;
      }
    }
    return when(
        !last.isEmpty() && !last.startsWith("console=ttyS0"),
        "console-elsewhere",
        "bootArgs",
        last,
        "The last console= is /dev/console: with it what the guest says at boot is lost, and nothing could be explained.",
        "Leave it out: Visco gives console=ttyS0 itself.",
        "");
  }

  private static Optional<Objection> nobodyReadsIp(BootPlan plan) {
    boolean kernelDoesNot = plan.kernel().is("IP_PNP", "n");
    boolean initrdDoesNot =
        !plan.kernel().hasInitrd() || Boolean.FALSE.equals(plan.kernel().initrdReadsIp());
    return when(
        kernelDoesNot && initrdDoesNot && plan.addressOwners().isEmpty(),
        "nobody-reads-ip",
        "image",
        plan.kernel().option("IP_PNP"),
        "The guest gets its address by ip= on the kernel's command line, and nothing in this image reads that: not the kernel, not an initramfs.",
        "Use Visco's own initramfs, or a kernel with CONFIG_IP_PNP=y.",
        null);
  }

  private static Optional<Objection> secondIp(BootPlan plan) {
    List<String> words = plan.bootArgs().stream().filter(word -> word.startsWith("ip=")).toList();
    return when(
        !words.isEmpty(),
        "second-ip",
        "bootArgs",
        words.isEmpty() ? "" : words.getLast(),
        "Visco gives the guest its address by ip= itself; with another one the guest is where nobody looks for it, and the slot's rules drop its packets.",
        "Leave it out.",
        "");
  }

  private static Optional<Objection> twoOwnersOfTheAddress(BootPlan plan) {
    boolean isRead =
        plan.kernel().is("IP_PNP", "y") || Boolean.TRUE.equals(plan.kernel().initrdReadsIp());
    return when(
        isRead && !plan.addressOwners().isEmpty(),
        "two-owners-of-the-address",
        "image",
        String.join(", ", plan.addressOwners()),
        "ip= gives the interface its address, and the image gives it another one minutes later: the VM works at first and is then gone.",
        "Remove that from the image.",
        null);
  }

  private static Optional<Objection> when(
      boolean isSo,
      String rule,
      String field,
      String value,
      String cause,
      String remedy,
      @org.jspecify.annotations.Nullable String corrected) {
    return isSo
        ? Optional.of(new Objection(rule, field, value, cause, remedy, corrected))
        : Optional.empty();
  }
}

package dev.visco.diagnose;

import dev.visco.model.Objection;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Objections to arguments on the kernel command line. */
final class ArgumentObjections {
  private static final Pattern SCSI_DISK = Pattern.compile("root=/dev/(sd[a-z]+|hd[a-z]+)(\\d*)");

  private ArgumentObjections() {}

  static Optional<Objection> pciSwitchedOff(BootPlan plan) {
    return Objections.when(
        plan.transport() == Transport.PCI && plan.hasArgument("pci=off"),
        "pci-switched-off",
        "bootArgs",
        "pci=off",
        "The devices are on PCI, and pci=off keeps the kernel from looking there: no disk, no network.",
        "Leave pci=off out, or use transport mmio.",
        "");
  }

  static Optional<Objection> acpiSwitchedOff(BootPlan plan) {
    return Objections.when(
        plan.hasArgument("acpi=off"),
        "acpi-switched-off",
        "bootArgs",
        "acpi=off",
        "The VMM describes its devices by ACPI; with acpi=off the kernel finds none of them.",
        "Leave acpi=off out.",
        "");
  }

  static Optional<Objection> rootNamedScsi(BootPlan plan) {
    for (String root : plan.roots()) {
      var name = SCSI_DISK.matcher(root);
      if (name.matches()) {
        return Objections.when(
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

  static Optional<Objection> secondRoot(BootPlan plan) {
    List<String> roots = plan.roots();
    boolean isScsi = roots.stream().anyMatch(root -> SCSI_DISK.matcher(root).matches());
    return Objections.when(
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

  static Optional<Objection> rootwait(BootPlan plan) {
    return Objections.when(
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

  static Optional<Objection> consoleElsewhere(BootPlan plan) {
    String last = "";
    for (String word : plan.bootArgs()) {
      if (word.startsWith("console=")) {
        last = word;
      }
    }
    return Objections.when(
        !last.isEmpty() && !last.startsWith("console=ttyS0"),
        "console-elsewhere",
        "bootArgs",
        last,
        "The last console= is /dev/console: with it what the guest says at boot is lost, and nothing could be explained.",
        "Leave it out: Visco gives console=ttyS0 itself.",
        "");
  }

  static Optional<Objection> nobodyReadsIp(BootPlan plan) {
    boolean kernelDoesNot = plan.kernel().is("IP_PNP", "n");
    boolean initrdDoesNot =
        !plan.kernel().hasInitrd() || Boolean.FALSE.equals(plan.kernel().initrdReadsIp());
    return Objections.when(
        kernelDoesNot && initrdDoesNot && plan.addressOwners().isEmpty(),
        "nobody-reads-ip",
        "image",
        plan.kernel().option("IP_PNP"),
        "The guest gets its address by ip= on the kernel's command line, and nothing in this image reads that: not the kernel, not an initramfs.",
        "Use Visco's own initramfs, or a kernel with CONFIG_IP_PNP=y.",
        null);
  }

  static Optional<Objection> secondIp(BootPlan plan) {
    List<String> words = plan.bootArgs().stream().filter(word -> word.startsWith("ip=")).toList();
    return Objections.when(
        !words.isEmpty(),
        "second-ip",
        "bootArgs",
        words.isEmpty() ? "" : words.getLast(),
        "Visco gives the guest its address by ip= itself; with another one the guest is where nobody looks for it, and the slot's rules drop its packets.",
        "Leave it out.",
        "");
  }

  static Optional<Objection> twoOwnersOfTheAddress(BootPlan plan) {
    boolean isRead =
        plan.kernel().is("IP_PNP", "y") || Boolean.TRUE.equals(plan.kernel().initrdReadsIp());
    return Objections.when(
        isRead && !plan.addressOwners().isEmpty(),
        "two-owners-of-the-address",
        "image",
        String.join(", ", plan.addressOwners()),
        "ip= gives the interface its address, and the image gives it another one minutes later: the VM works at first and is then gone.",
        "Remove that from the image.",
        null);
  }
}

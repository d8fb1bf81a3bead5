package dev.visco.diagnose;

import dev.visco.model.Objection;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Objections to arguments on the kernel command line. */
final class ArgumentObjections {
  /** Without a serial port there is no console. */
  static final String NO_PORTS = "8250.nr_uarts=0";

  /** Drivers that a VM cannot do without, whatever its transport is, by their options. */
  private static final SequencedMap<String, String> MODULES = new TreeMap<>();

  static {
    MODULES.put("VIRTIO_BLK", "virtio_blk");
    MODULES.put("VIRTIO_NET", "virtio_net");
  }

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

  static Optional<Objection> apicSwitchedOff(BootPlan plan) {
    return Objections.when(
        plan.vmm().isQemu() && plan.hasArgument("noapic"),
        "apic-switched-off",
        "bootArgs",
        "noapic",
        "QEMU's microvm has an I/O APIC and no older interrupt controller; with noapic its disks and its network have no interrupts, or the kernel divides by zero while it measures its timer.",
        "Leave noapic out.",
        "");
  }

  static Optional<Objection> modulesSwitchedOff(BootPlan plan) {
    KernelFacts kernel = plan.kernel();
    List<String> needed =
        MODULES.entrySet().stream()
            .filter(one -> kernel.isModule(one.getKey(), one.getValue()))
            .map(one -> one.getValue())
            .toList();
    return Objections.when(
        plan.hasArgument("nomodule") && !needed.isEmpty(),
        "modules-switched-off",
        "bootArgs",
        "nomodule",
        "nomodule keeps the kernel from loading any module, and this one has drivers that it needs as modules: "
            + String.join(", ", needed)
            + ".",
        "Leave nomodule out.",
        "");
  }

  static Optional<Objection> consoleElsewhere(BootPlan plan) {
    String last = "";
    for (String word : plan.bootArgs()) {
      if (word.startsWith("console=")) {
        last = word;
      }
    }
    boolean hasNoPort = plan.hasArgument(NO_PORTS);
    return Objections.when(
        hasNoPort || (!last.isEmpty() && !last.startsWith("console=ttyS0")),
        "console-elsewhere",
        "bootArgs",
        hasNoPort ? NO_PORTS : last,
        hasNoPort
            ? "The guest's console is a serial port, and this lets the kernel use none: what the guest says at boot would be lost, and nothing could be explained."
            : "The last console= is /dev/console: with it what the guest says at boot is lost, and nothing could be explained.",
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

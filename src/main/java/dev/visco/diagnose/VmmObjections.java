package dev.visco.diagnose;

import dev.visco.model.Advice;
import dev.visco.model.MachineOption;
import dev.visco.model.Objection;
import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Objections because the VMM or the host lacks something for the boot. */
final class VmmObjections {
  static final String VULNERABLE = "vulnerable-vmm";

  /** With less free space than this, a guest's first writes fail with I/O errors. */
  private static final long MIN_DISK_MIB = 64;

  private VmmObjections() {}

  static Optional<Objection> pciUnsupported(BootPlan plan) {
    return Objections.when(
        plan.transport() == Transport.PCI && !plan.vmm().hasPci(),
        "pci-unsupported",
        "transport",
        "pci",
        plan.vmm().name() + " has no PCI: Firecracker has it from 1.13 on, by --enable-pci.",
        "Use a newer release, or transport mmio.",
        "mmio");
  }

  static Optional<Objection> vulnerable(BootPlan plan) {
    return Objections.when(
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

  static Optional<Objection> kernelNotElf(BootPlan plan) {
    String whyNot = plan.vmm().whyNotThisKernel();
    if (plan.vmm().isQemu()) {
      return Objections.when(
          !whyNot.isEmpty(),
          "kernel-without-pvh",
          "image",
          "its kernel",
          "QEMU cannot start this kernel, an ELF file: " + whyNot + ".",
          "Import the image with the kernel's bzImage, or with a vmlinux built with CONFIG_PVH=y, or run it on a Firecracker release.",
          null);
    }
    return Objections.when(
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

  static Optional<Objection> optionUnsupported(BootPlan plan) {
    var unsupported = new TreeSet<>(plan.options());
    unsupported.removeAll(plan.vmm().options());
    // A missing vsock is no objection: it is only a faster way to what TCP reaches too.
    unsupported.remove(MachineOption.VSOCK);
    String what = unsupported.stream().map(MachineOption::text).collect(Collectors.joining(", "));
    return Objections.when(
        !unsupported.isEmpty(),
        "option-unsupported",
        "vmType",
        what,
        "The VM type sets " + what + ", which " + plan.vmm().name() + " cannot give.",
        "Use a release that can, or a VM type without it.",
        null);
  }

  static Optional<Objection> vsockNotInImage(BootPlan plan) {
    return Objections.when(
        plan.options().contains(MachineOption.VSOCK) && plan.vsockPort() == 0,
        "vsock-not-in-image",
        "vmType",
        "vsock",
        "The VM type asks for vsock, and nothing in the image listens there.",
        "Give a service of the image's recipe a vsock-port, or leave vsock out of the VM type.",
        null);
  }

  static Optional<Objection> toolsLost(BootPlan plan) {
    String image = plan.lostTools();
    return Objections.when(
        image != null,
        "tools-lost",
        "image",
        image + "",
        "The file of the image's disk of tools is gone from the image store.",
        Advice.of(
            "Make it anew ({}), and put back what else the store has lost from a backup.",
            new Remedy.BuildImage(image)),
        null);
  }

  static Optional<Objection> diskFull(BootPlan plan) {
    long needed = plan.diskMib() + MIN_DISK_MIB;
    return Objections.when(
        plan.host().freeDiskMib() < needed,
        "disk-full",
        "data",
        plan.host().freeDiskMib() + " MiB free",
        "The data folder's file system has no room for what a VM takes and writes: "
            + needed
            + " MiB at least.",
        Advice.of(
            "Free some space: {} shows failed VMs that keep their evidence, {} images.",
            new Remedy.ListVms(true),
            new Remedy.ListImages()),
        null);
  }

  static Optional<Objection> forwardingOff(BootPlan plan) {
    return Objections.when(
        !plan.host().isForwarding(),
        "forwarding-off",
        "net.ipv4.ip_forward",
        "0",
        "The host forwards no packets any more; somebody switched it off after Visco's start. The guest would reach nothing.",
        "Switch it on: sysctl -w net.ipv4.ip_forward=1",
        "1");
  }

  static Optional<Objection> forwardDropped(BootPlan plan) {
    BootEvidence.HostFirewall firewall = plan.host().firewall();
    BootEvidence.ObstacleEvidence found = firewall == null ? null : firewall.certain();
    return firewall == null || found == null
        ? Optional.empty()
        : Optional.of(
            new Objection(
                OutsideRules.FORWARD_DROPPED,
                "host",
                found.table() + " " + found.chain(),
                "Another firewall on this host keeps guests in: " + found.text() + ".",
                "Let them through: " + OutsideRules.admission(firewall, found),
                null));
  }
}

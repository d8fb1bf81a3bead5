package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DIVIDE_ERROR;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_INIT_NOT_STARTED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_NOT_UNPACKED;
import static dev.visco.diagnose.ConsoleMessage.INIT_ENDED;
import static dev.visco.diagnose.ConsoleMessage.IRQ_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.MODULE_KEY_REJECTED;
import static dev.visco.diagnose.ConsoleMessage.MODULE_MISMATCH;
import static dev.visco.diagnose.ConsoleMessage.MODULE_SYMBOL_UNKNOWN;
import static dev.visco.diagnose.ConsoleMessage.NO_WORKING_INIT;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_OPENED;
import static dev.visco.diagnose.ConsoleMessage.UNSIGNED_MODULE_REJECTED;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import java.util.List;

/** Causes in the initramfs and the drivers: why the kernel has no disk. */
final class DiskRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "initramfs-not-unpacked",
              seen ->
                  all(
                      fact(seen.facts().kernel().hasInitrd(), "an initramfs was given"),
                      with(
                          seen.line(INITRAMFS_NOT_UNPACKED, ROOT_NOT_OPENED, ROOT_NOT_MOUNTED),
                          EvidenceView.NO),
                      fact(!seen.initramfsRan(), "and \"Run /init\" never came")),
              true,
              "The kernel found no /init in the initramfs: it is truncated, damaged, compressed in a way that this kernel does not know, or has no /init at its top.",
              "Make the initramfs anew, with an executable /init; gzip is known to every kernel.",
              "Linux init/initramfs.c, do_populate_rootfs"),
          new BootRule(
              "initramfs-init-fails",
              seen ->
                  unless(
                      with(
                          seen.line(INITRAMFS_INIT_NOT_STARTED),
                          seen.lines(NO_WORKING_INIT, INIT_ENDED)),
                      seen.rootMounted()),
              true,
              "The kernel cannot execute the initramfs's own /init. Error -13: it is not executable; -2: the interpreter behind its #!, or the loader of its libraries, is not in the initramfs; -8: it is no program for this machine.",
              "Repair /init in the initramfs: chmod 755 init, and put its interpreter and its libraries beside it.",
              "Linux init/main.c, kernel_init; execve(2)"),
          new BootRule(
              "modules-of-another-kernel",
              seen ->
                  seen.console().has(MODULE_MISMATCH)
                      ? seen.line(MODULE_MISMATCH)
                      : unless(
                          all(seen.rootNotFound(), otherModules(seen.facts().kernel())),
                          seen.foundDisk()),
              true,
              "The initramfs holds modules of another kernel; this one loads none of them.",
              "Make the initramfs from this kernel's own modules: update-initramfs -c -k RELEASE.",
              "Linux kernel/module/version.c, check_version"),
          new BootRule(
              "module-signature-rejected",
              seen -> seen.line(MODULE_KEY_REJECTED, UNSIGNED_MODULE_REJECTED),
              true,
              "The kernel refuses the modules in the initramfs: their signature is not of a key that it knows, or they were changed after they were signed.",
              "Make the initramfs from this kernel's own modules: update-initramfs -c -k RELEASE.",
              "Linux kernel/module/signing.c, module_sig_check"),
          new BootRule(
              "module-dependency-missing",
              seen -> unless(seen.line(MODULE_SYMBOL_UNKNOWN), seen.rootMounted()),
              seen -> !seen.foundDisk(),
              "A module in the initramfs was loaded before another one that it needs, or without it.",
              "Load modules with modprobe, which knows what each one needs, or in the order of their dependencies: virtio_ring, virtio, then the drivers.",
              "Linux kernel/module/main.c, simplify_symbols"),
          new BootRule(
              "modules-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().commandLine().contains("nomodule"),
                          "nomodule on the command line"),
                      fact(
                          seen.kernelRan() && !seen.foundDisk(),
                          "and the kernel has registered no disk")),
              true,
              "nomodule keeps the kernel from loading its drivers, which are modules.",
              "Leave nomodule out of the boot arguments.",
              "Linux kernel/module/main.c, modules_disabled"),
          new BootRule(
              "apic-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().commandLine().contains("noapic"),
                          "noapic on the command line"),
                      seen.line(DIVIDE_ERROR, IRQ_NOT_FOUND)),
              true,
              "With noapic the kernel finds no interrupt controller: its disk and its network have no interrupts, or it divides by zero while it measures its timer.",
              "Leave noapic out of the boot arguments.",
              "Linux arch/x86/kernel/apic/apic.c, setup_local_APIC; tried on QEMU's microvm"),
          new BootRule(
              "acpi-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().commandLine().contains("acpi=off"),
                          "acpi=off on the command line"),
                      fact(!seen.rootMounted(), "no root file system was mounted")),
              true,
              "The VMM describes the guest's devices by ACPI, and acpi=off keeps the kernel from reading that.",
              "Leave acpi=off out of the boot arguments.",
              "Linux Documentation/admin-guide/kernel-parameters.txt, acpi="),
          new BootRule(
              "pci-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().transport() == Transport.PCI
                              && seen.facts().commandLine().contains("pci=off"),
                          "transport pci, and pci=off on the command line"),
                      fact(!seen.rootMounted(), "no root file system was mounted")),
              true,
              "The devices are on PCI, and pci=off keeps the kernel from looking there.",
              "Leave pci=off out of the boot arguments, or use transport mmio.",
              "Linux Documentation/admin-guide/kernel-parameters.txt, pci="),
          new BootRule(
              "virtio-blk-missing",
              seen ->
                  all(
                      seen.rootNotFound(),
                      fact(
                          seen.facts().kernel().lacks("VIRTIO_BLK", "virtio_blk"),
                          seen.facts().kernel().option("VIRTIO_BLK")
                              + (seen.facts().kernel().hasInitrd()
                                  ? ", and the initramfs does not hold virtio_blk"
                                  : ", and there is no initramfs")),
                      fact(!seen.foundDisk(), "no disk was registered")),
              true,
              "The root disk's driver is missing: the kernel has virtio_blk as a module or not at all, and nothing loads it before root is mounted.",
              "Add virtio_blk to the initramfs, or use a kernel with CONFIG_VIRTIO_BLK=y.",
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "virtio-transport-missing",
              seen ->
                  all(
                      seen.rootNotFound(),
                      fact(
                          seen.facts().transport() == Transport.PCI
                              ? seen.facts().kernel().lacks("VIRTIO_PCI", "virtio_pci")
                              : seen.facts().kernel().lacks("VIRTIO_MMIO", "virtio_mmio"),
                          "the kernel has no driver for virtio on "
                              + seen.facts().transport().word()),
                      fact(!seen.foundDisk(), "no disk was registered")),
              true,
              "The kernel cannot see virtio devices on this transport.",
              "Use the other transport, or add the driver to the initramfs.",
              new Remedy.ChooseTransport(),
              "Linux drivers/virtio/Kconfig"),
          new BootRule(
              "no-disk-found",
              seen ->
                  all(
                      seen.rootNotFound(),
                      fact(!seen.foundDisk(), "and the kernel never said that it has a disk")),
              seen -> !seen.isQuiet(),
              "The kernel has no disk at all: its driver for virtio disks (virtio_blk), or for how they are attached (virtio_mmio or virtio_pci), is neither built in nor loaded.",
              "Add these drivers to the initramfs, or use a kernel with CONFIG_VIRTIO_BLK=y, CONFIG_VIRTIO_MMIO=y and CONFIG_VIRTIO_PCI=y.",
              "Linux drivers/block/virtio_blk.c, virtblk_probe"));

  private DiskRules() {}

  private static List<String> otherModules(KernelFacts kernel) {
    return fact(
        kernel.areOfAnotherKernel(),
        "the initramfs's modules are for "
            + kernel.initrdRelease()
            + ", and the kernel is "
            + kernel.release());
  }
}

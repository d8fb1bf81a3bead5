package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DISK_ERROR;
import static dev.visco.diagnose.ConsoleMessage.DISK_REGISTERED;
import static dev.visco.diagnose.ConsoleMessage.EXT4_ERROR;
import static dev.visco.diagnose.ConsoleMessage.FILE_SYSTEM_UNKNOWN;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_NOT_UNPACKED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.LEAF_CHECKSUM_WRONG;
import static dev.visco.diagnose.ConsoleMessage.MODULE_KEY_REJECTED;
import static dev.visco.diagnose.ConsoleMessage.MODULE_MISMATCH;
import static dev.visco.diagnose.ConsoleMessage.PANIC;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_OPENED;
import static dev.visco.diagnose.ConsoleMessage.SCSI_ROOT_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.SUPERBLOCK_BAD;
import static dev.visco.diagnose.ConsoleMessage.UNSIGNED_MODULE_REJECTED;
import static dev.visco.diagnose.ConsoleMessage.WAITING_FOR_ROOT;
import static dev.visco.diagnose.ConsoleMessage.XFS_CORRUPTION;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import java.util.List;

/** Causes in the initramfs, the drivers, the disk and the root file system. */
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
              "The kernel could not unpack the initramfs: it is truncated, damaged, or compressed in a way that this kernel does not know.",
              "Make the initramfs anew; gzip is known to every kernel.",
              "Linux init/initramfs.c, do_populate_rootfs"),
          new BootRule(
              "modules-of-another-kernel",
              seen -> seen.line(MODULE_MISMATCH),
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
                      seen.line(ROOT_NOT_OPENED, INITRAMFS_ROOT_NOT_FOUND, ROOT_NOT_MOUNTED),
                      fact(
                          seen.facts().kernel().lacks("VIRTIO_BLK", "virtio_blk"),
                          seen.facts().kernel().option("VIRTIO_BLK")
                              + (seen.facts().kernel().hasInitrd()
                                  ? ", and the initramfs does not hold virtio_blk"
                                  : ", and there is no initramfs")),
                      fact(!seen.console().has(DISK_REGISTERED), "no disk was registered")),
              true,
              "The root disk's driver is missing: the kernel has virtio_blk as a module or not at all, and nothing loads it before root is mounted.",
              "Add virtio_blk to the initramfs, or use a kernel with CONFIG_VIRTIO_BLK=y.",
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "virtio-transport-missing",
              seen ->
                  all(
                      seen.line(ROOT_NOT_OPENED, INITRAMFS_ROOT_NOT_FOUND),
                      fact(
                          seen.facts().transport() == Transport.PCI
                              ? seen.facts().kernel().lacks("VIRTIO_PCI", "virtio_pci")
                              : seen.facts().kernel().lacks("VIRTIO_MMIO", "virtio_mmio"),
                          "the kernel has no driver for virtio on "
                              + seen.facts().transport().word()),
                      fact(!seen.console().has(DISK_REGISTERED), "no disk was registered")),
              true,
              "The kernel cannot see virtio devices on this transport.",
              "Use the other transport, or add the driver to the initramfs.",
              new Remedy.ChooseTransport(),
              "Linux drivers/virtio/Kconfig"),
          new BootRule(
              "root-named-scsi",
              seen -> with(seen.line(SCSI_ROOT_NOT_FOUND), seen.lines(DISK_REGISTERED, PANIC)),
              true,
              "Root is named as a SCSI or IDE disk. Virtio disks are /dev/vda on MMIO and on PCI alike.",
              "Leave root= out of the boot arguments: the image names its root by what it is.",
              "tried on MMIO and on PCI; Linux drivers/block/virtio_blk.c, virtblk_name_format"),
          new BootRule(
              "root-waited-for",
              seen ->
                  all(
                      seen.line(WAITING_FOR_ROOT),
                      fact(
                          !seen.ended() && !seen.rootMounted(),
                          "and it waits for ever, by rootwait")),
              true,
              "The kernel waits without a deadline for a root disk that never appears.",
              "Leave rootwait out of the boot arguments, and root= too.",
              "Linux init/do_mounts.c, wait_for_root"),
          new BootRule(
              "root-not-found",
              seen ->
                  with(
                      seen.line(ROOT_NOT_OPENED, INITRAMFS_ROOT_NOT_FOUND),
                      seen.lines(DISK_REGISTERED, PANIC)),
              true,
              "There is a disk, but nothing on it is what root= names.",
              "Leave root= out of the boot arguments; an imported image may be imported again.",
              new Remedy.InspectImage(),
              "Linux Documentation/admin-guide/kernel-parameters.txt, root="),
          new BootRule(
              "root-file-system-damaged",
              seen -> seen.line(EXT4_ERROR, LEAF_CHECKSUM_WRONG, SUPERBLOCK_BAD, XFS_CORRUPTION),
              true,
              "The root file system is damaged. Mounting a running VM's disk on the host does that.",
              "Create the VM anew, and never mount a guest's disk on the host.",
              "Linux fs/ext4/super.c, ext4_error"),
          new BootRule(
              "root-file-system-driver-missing",
              seen ->
                  unless(
                      seen.line(FILE_SYSTEM_UNKNOWN, INITRAMFS_ROOT_NOT_MOUNTED, ROOT_NOT_MOUNTED),
                      seen.rootMounted()),
              false,
              "The root disk is there, and the kernel cannot mount what is on it: its driver for that file system is missing, or there is none on it.",
              "Use a file system that the kernel knows, or a kernel that knows this one.",
              new Remedy.InspectImage(),
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "disk-errors",
              seen -> seen.line(DISK_ERROR),
              true,
              "The guest's disk fails: the host could not read or write the file behind it.",
              "Look at the host's free space and kernel log.",
              new Remedy.RunOnHost("df -h"),
              "Linux block/blk-core.c, blk_status_to_errno"));

  private DiskRules() {}
}

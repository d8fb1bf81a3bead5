package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DISK_ERROR;
import static dev.visco.diagnose.ConsoleMessage.DISK_REGISTERED;
import static dev.visco.diagnose.ConsoleMessage.EXT4_ERROR;
import static dev.visco.diagnose.ConsoleMessage.FILE_SYSTEM_UNKNOWN;
import static dev.visco.diagnose.ConsoleMessage.FSCK_BY_HAND;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.LEAF_CHECKSUM_WRONG;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_DAMAGED;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_NO_DRIVER;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_NO_FILE_SYSTEM;
import static dev.visco.diagnose.ConsoleMessage.PANIC;
import static dev.visco.diagnose.ConsoleMessage.ROOT_MOUNT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_NAMED;
import static dev.visco.diagnose.ConsoleMessage.SCSI_ROOT_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.SUPERBLOCK_BAD;
import static dev.visco.diagnose.ConsoleMessage.WAITING_FOR_ROOT;
import static dev.visco.diagnose.ConsoleMessage.XFS_CORRUPTION;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes in what root= names and in the root file system. */
final class RootRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
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
                  unless(
                      with(seen.rootNotFound(), seen.lines(DISK_REGISTERED, PANIC)),
                      !seen.foundDisk()),
              true,
              "There is a disk, but nothing on it is what root= names.",
              "Leave root= out of the boot arguments, or out of the initramfs's own settings; an imported image may be imported again.",
              new Remedy.InspectImage(),
              "Linux Documentation/admin-guide/kernel-parameters.txt, root="),
          new BootRule(
              "root-file-system-damaged",
              seen ->
                  seen.line(
                      EXT4_ERROR,
                      LEAF_CHECKSUM_WRONG,
                      SUPERBLOCK_BAD,
                      XFS_CORRUPTION,
                      FSCK_BY_HAND,
                      MOUNT_DAMAGED),
              true,
              "The root file system is damaged. Mounting a running VM's disk on the host does that.",
              "Create the VM anew, and never mount a guest's disk on the host.",
              "Linux fs/ext4/super.c, ext4_error"),
          new BootRule(
              "root-file-system-driver-missing",
              seen ->
                  unless(
                      seen.line(
                          FILE_SYSTEM_UNKNOWN,
                          INITRAMFS_ROOT_NOT_MOUNTED,
                          MOUNT_NO_DRIVER,
                          MOUNT_NO_FILE_SYSTEM,
                          ROOT_MOUNT_FAILED,
                          ROOT_NOT_MOUNTED),
                      seen.rootMounted()),
              false,
              "The root disk is there, and the kernel cannot mount what is on it: its driver for that file system is missing, or there is none on it.",
              "Use a file system that the kernel knows, or a kernel that knows this one.",
              new Remedy.InspectImage(),
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "root-not-named",
              seen -> unless(seen.line(ROOT_NOT_NAMED), seen.rootMounted()),
              true,
              "The initramfs was not told where the root file system is.",
              "Leave root= out of the boot arguments: the image has one of its own.",
              new Remedy.InspectImage(),
              "initramfs-tools(7), dracut.cmdline(7)"),
          new BootRule(
              "disk-errors",
              seen -> seen.line(DISK_ERROR),
              true,
              "The guest's disk fails: the host could not read or write the file behind it.",
              "Look at the host's free space and kernel log.",
              new Remedy.RunOnHost("df -h"),
              "Linux block/blk-core.c, blk_status_to_errno"));

  private RootRules() {}
}

package dev.visco.verify;

import java.util.regex.Pattern;

/**
 * Patterns of console lines that are evidence, each taken from a real guest's console. The kernel's
 * messages are in its sources: {@code init/main.c}, {@code init/do_mounts.c}, {@code
 * drivers/block/virtio_blk.c}, {@code kernel/panic.c}, {@code net/ipv4/ipconfig.c}.
 */
final class ConsolePatterns {
  /** The kernel's first line. */
  static final Pattern KERNEL = Pattern.compile("Linux version \\d");

  /** A root file system was mounted, by Visco's initramfs, another one, or the kernel itself. */
  static final Pattern MOUNTED =
      Pattern.compile(
          "visco-initramfs: root \\S+ mounted from \\S+"
              + "|(?:EXT4|XFS|BTRFS)[^:]{0,64}: mounted filesystem"
              + "|VFS: Mounted root");

  /** The image's init was started; {@code /init} is that of an initramfs. */
  static final Pattern INIT =
      Pattern.compile(
          "visco-initramfs: starting /|Run (?!/init )/\\S+ as init process|systemd\\[1\\]: systemd");

  /** An interface got its address, from Visco's initramfs or from the kernel. */
  static final Pattern NETWORK =
      Pattern.compile("visco-initramfs: \\S+ has [0-9.]+,|IP-Config: Complete");

  /** The root disk was registered: the first virtio disk is vda, on MMIO and on PCI. */
  static final Pattern DISK = Pattern.compile("virtio_blk virtio\\d+: .*\\[vda\\]");

  /** The kernel has no block device of this name. */
  static final Pattern NO_ROOT_DEVICE =
      Pattern.compile(
          "Cannot open root device"
              + "|visco-initramfs: cannot find root device"
              + "|visco-initramfs: no root= on");

  /** The root device was opened, but holds no file system that can be mounted. */
  static final Pattern NO_FILE_SYSTEM =
      Pattern.compile("visco-initramfs: cannot mount |No filesystem could mount root");

  static final Pattern NOT_MOUNTED = Pattern.compile("Unable to mount root fs");

  static final Pattern WAITING = Pattern.compile("Waiting for root device \\S+");

  /** The guest's kernel has panicked; this boot cannot succeed any more. */
  static final Pattern PANIC =
      Pattern.compile("^(?:\\[ *\\d+\\.\\d+\\] )?Kernel panic - not syncing");

  private ConsolePatterns() {}
}

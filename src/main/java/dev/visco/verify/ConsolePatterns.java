package dev.visco.verify;

import java.util.regex.Pattern;

/**
 * What the lines of a console look like that mean something, each seen on a real guest's console.
 * The kernel's stand in its sources: {@code init/main.c}, {@code init/do_mounts.c}, {@code
 * drivers/block/virtio_blk.c}, {@code kernel/panic.c}, {@code net/ipv4/ipconfig.c}.
 */
final class ConsolePatterns {
  /** The kernel's first line. */
  static final Pattern KERNEL = Pattern.compile("Linux version \\d");

  /** A root file system is mounted, by our initramfs, another one or the kernel itself. */
  static final Pattern MOUNTED =
      Pattern.compile(
          "visco-initramfs: root \\S+ mounted from \\S+"
              + "|(?:EXT4|XFS|BTRFS)[^:]{0,64}: mounted filesystem"
              + "|VFS: Mounted root");

  /** The image's own init is started; {@code /init} is an initramfs's. */
  static final Pattern INIT =
      Pattern.compile(
          "visco-initramfs: starting /|Run (?!/init )/\\S+ as init process|systemd\\[1\\]: systemd");

  /** An interface has got its address, by our initramfs or by the kernel. */
  static final Pattern NETWORK =
      Pattern.compile("visco-initramfs: \\S+ has [0-9.]+,|IP-Config: Complete");

  /** The root disk: virtio's first one is vda, on MMIO and on PCI. */
  static final Pattern DISK = Pattern.compile("virtio_blk virtio\\d+: .*\\[vda\\]");

  /** The kernel has no block device of this name. */
  static final Pattern NO_ROOT_DEVICE =
      Pattern.compile(
          "Cannot open root device"
              + "|visco-initramfs: cannot find root device"
              + "|visco-initramfs: no root= on");

  /** The root device was opened, and is no file system that can be mounted. */
  static final Pattern NO_FILE_SYSTEM =
      Pattern.compile("visco-initramfs: cannot mount |No filesystem could mount root");

  static final Pattern NOT_MOUNTED = Pattern.compile("Unable to mount root fs");

  static final Pattern WAITING = Pattern.compile("Waiting for root device \\S+");

  /** The guest's kernel has given up; nothing more comes of this boot. */
  static final Pattern PANIC =
      Pattern.compile("^(?:\\[ *\\d+\\.\\d+\\] )?Kernel panic - not syncing");

  private ConsolePatterns() {}
}

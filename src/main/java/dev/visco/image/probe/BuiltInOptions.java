package dev.visco.image.probe;

import dev.visco.image.Manifest;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Options of a kernel without its configuration, by texts that only a built-in driver brings into
 * the kernel: the names of its parameters ({@code virtio_blk.queue_depth}), of itself, or what it
 * says. A driver that is a module has them in its own file.
 */
final class BuiltInOptions {
  /** The value of an option that is built in. */
  static final String BUILT_IN = "y";

  /** A text that is in every kernel of 4.0 or newer that has the option built in. */
  private static final Map<String, String> TEXTS =
      Map.ofEntries(
          Map.entry("VIRTIO_BLK", "virtio_blk."),
          Map.entry("VIRTIO_NET", "virtio_net."),
          Map.entry("VIRTIO_PCI", "virtio-pci"),
          Map.entry("VIRTIO_MMIO", "virtio-mmio"),
          Map.entry("EXT4_FS", "EXT4-fs"),
          Map.entry("XFS_FS", "SGI XFS"),
          Map.entry("BTRFS_FS", "Btrfs loaded"),
          Map.entry("SQUASHFS", "Phillip Lougher"),
          Map.entry("EFI_PARTITION", "Primary GPT is invalid, using alternate GPT"),
          Map.entry("IP_PNP", "IP-Config: "),
          Map.entry("BLK_DEV_INITRD", "Trying to unpack rootfs image as initramfs"));

  /** Options that are built in or not there: they cannot be modules. */
  private static final Set<String> NEVER_MODULES =
      Set.of("IP_PNP", "BLK_DEV_INITRD", "EFI_PARTITION");

  private BuiltInOptions() {}

  /**
   * The options that are known of a kernel in memory; none of a kernel before 4.0, or of unknown
   * release.
   *
   * @param release null when not known
   */
  static Map<String, String> of(RandomAccessBytes bytes, Elf elf, Optional<String> release)
      throws IOException {
    var found = new TreeMap<String, String>();
    if (release.filter(text -> text.matches("([4-9]|\\d\\d)\\..*")).isEmpty()) {
      return found;
    }
    for (Map.Entry<String, String> option : TEXTS.entrySet()) {
      String absent = NEVER_MODULES.contains(option.getKey()) ? "n" : Manifest.NOT_BUILT_IN;
      found.put(option.getKey(), isThere(bytes, elf, option.getValue()) ? BUILT_IN : absent);
    }
    return found;
  }

  private static boolean isThere(RandomAccessBytes bytes, Elf elf, String text) throws IOException {
    for (Elf.Segment segment : elf.segments()) {
      if (segment.isLoaded()
          && bytes.find(segment.offset(), segment.offset() + segment.size(), text) >= 0) {
        return true;
      }
    }
    return false;
  }
}

package dev.visco.image.probe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The names by which a raw disk's file systems are mounted: {@code UUID=}, {@code LABEL=}, {@code
 * PARTUUID=} and {@code /dev/vda1}.
 *
 * @param isWhole whether every partition's contents are known, so that a name that is missing here
 *     is not on the disk
 */
record DiskNames(TreeSet<String> names, boolean isWhole) {
  /** Holds a boot loader's code and no file system (UEFI 2.10; GRUB). */
  private static final String BIOS_BOOT = "21686148-6449-6e6f-744e-656564454649";

  static DiskNames of(RandomAccessBytes bytes) throws IOException {
    var names = new TreeSet<String>();
    names.add("/dev/vda");
    Optional<DiskPartitions> table = DiskPartitions.gpt(bytes);
    if (table.isEmpty()) {
      Optional<FileSystem> bare = FileSystem.at(bytes, 0);
      if (bare.isPresent()) {
        add(names, bare.get());
        return new DiskNames(names, true);
      }
      table = DiskPartitions.mbr(bytes);
    }
    boolean isWhole = table.isPresent() && !table.get().hasExtended();
    for (DiskPartitions.Partition one : table.map(DiskPartitions::partitions).orElse(List.of())) {
      names.add("/dev/vda" + one.number());
      if (one.uuid() != null) {
        names.add(key("PARTUUID", one.uuid()));
      }
      Optional<FileSystem> system = FileSystem.at(bytes, one.start());
      system.ifPresent(found -> add(names, found));
      isWhole &=
          system.isPresent() || one.type().equals(BIOS_BOOT) || isFat(bytes, one.start(), names);
    }
    return new DiskNames(names, isWhole);
  }

  private static void add(TreeSet<String> names, FileSystem system) {
    if (system.uuid() != null) {
      names.add(key("UUID", system.uuid()));
    }
    if (system.label() != null) {
      names.add("LABEL=" + system.label());
    }
  }

  /** Adds a FAT's serial number in the form of blkid(8), and its label. */
  private static boolean isFat(RandomAccessBytes bytes, long start, TreeSet<String> names)
      throws IOException {
    boolean is32 = bytes.has(start + 82, "FAT32");
    if (!is32 && !bytes.has(start + 54, "FAT1")) {
      return false;
    }
    ByteBuffer boot = bytes.little(start, 512);
    int at = is32 ? 67 : 39;
    int serial = boot.getInt(at);
    names.add(key("UUID", String.format(Locale.ROOT, "%04x-%04x", serial >>> 16, serial & 0xffff)));
    byte[] label = new byte[11];
    boot.get(at + 4, label);
    names.add("LABEL=" + DiskFormat.latin(label).strip());
    return true;
  }

  private static String key(String kind, String id) {
    return kind + "=" + id.toLowerCase(Locale.ROOT);
  }

  /** Whether a name is certainly not on the disk; false for names of other forms. */
  boolean lacks(String name) {
    String bare = name.replace("\"", "");
    if (bare.contains("\\")) {
      return false;
    }
    String kind = bare.contains("=") ? bare.substring(0, bare.indexOf('=')) : "";
    return switch (kind) {
      case "UUID", "PARTUUID" ->
          isWhole && !names.contains(key(kind, bare.substring(kind.length() + 1)));
      case "LABEL" -> isWhole && !names.contains(bare);
      case "" ->
          bare.matches("/dev/([sh]d[a-z]|xvd[a-z]|nvme[0-9]n1p?|vda)[0-9]*")
              && !names.contains(bare);
      default -> false;
    };
  }
}

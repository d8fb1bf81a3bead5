package dev.visco.image.probe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system as its superblock describes it. Nothing is mounted.
 *
 * @param type its name for mount(8)
 * @param uuid null when it has none, or its type has none
 * @param label null when it is empty
 * @param features names of ext4's features, as tune2fs shows them; empty for other types
 * @param bytes its size according to the superblock
 */
record FileSystem(
    String type, @Nullable String uuid, @Nullable String label, List<String> features, long bytes) {
  private static final Map<Integer, String> COMPATIBLE =
      new TreeMap<>(
          Map.of(
              0x4,
              "has_journal",
              0x8,
              "ext_attr",
              0x10,
              "resize_inode",
              0x20,
              "dir_index",
              0x200,
              "sparse_super2",
              0x1000,
              "orphan_file"));
  private static final Map<Integer, String> INCOMPATIBLE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(0x2, "filetype"),
              Map.entry(0x4, "needs_recovery"),
              Map.entry(0x8, "journal_dev"),
              Map.entry(0x40, "extent"),
              Map.entry(0x80, "64bit"),
              Map.entry(0x100, "mmp"),
              Map.entry(0x200, "flex_bg"),
              Map.entry(0x400, "ea_inode"),
              Map.entry(0x2000, "metadata_csum_seed"),
              Map.entry(0x4000, "large_dir"),
              Map.entry(0x8000, "inline_data"),
              Map.entry(0x10000, "encrypt"),
              Map.entry(0x20000, "casefold")));
  private static final Map<Integer, String> READ_ONLY_COMPATIBLE =
      new TreeMap<>(
          Map.of(
              0x1,
              "sparse_super",
              0x2,
              "large_file",
              0x8,
              "huge_file",
              0x10,
              "uninit_bg",
              0x20,
              "dir_nlink",
              0x40,
              "extra_isize",
              0x100,
              "quota",
              0x400,
              "metadata_csum",
              0x8000,
              "verity",
              0x10000,
              "orphan_present"));

  /** The file system that begins at {@code start}; empty when there is none of a known type. */
  static Optional<FileSystem> at(RandomAccessBytes bytes, long start) throws IOException {
    ByteBuffer first = bytes.little(start, 4096);
    if (first.getShort(1024 + 56) == (short) 0xef53) {
      return Optional.of(ext(first));
    }
    if (first.getInt(1024) == 0xe0f5e1e2) {
      long size = (first.getInt(1024 + 36) & 0xffffffffL) << (first.get(1024 + 12) & 31);
      return Optional.of(
          new FileSystem(
              "erofs", uuid(first, 1024 + 48), label(first, 1024 + 64, 16), List.of(), size));
    }
    if (bytes.has(start, "hsqs")) {
      return Optional.of(new FileSystem("squashfs", null, null, List.of(), first.getLong(40)));
    }
    if (bytes.has(start, "XFSB")) {
      ByteBuffer big = first.order(ByteOrder.BIG_ENDIAN);
      long size = (big.getInt(4) & 0xffffffffL) * big.getLong(8);
      return Optional.of(
          new FileSystem("xfs", uuid(big, 32), label(big, 108, 12), List.of(), size));
    }
    if (bytes.has(start + 0x10040, "_BHRfS_M")) {
      ByteBuffer block = bytes.little(start + 0x10000, 4096);
      return Optional.of(
          new FileSystem(
              "btrfs", uuid(block, 32), label(block, 0x12b, 256), List.of(), block.getLong(0x70)));
    }
    return Optional.empty();
  }

  /** Linux, {@code Documentation/filesystems/ext4/super.rst}. */
  private static FileSystem ext(ByteBuffer first) {
    ByteBuffer block = first.slice(1024, 1024).order(ByteOrder.LITTLE_ENDIAN);
    int incompatible = block.getInt(96);
    int readOnlyCompatible = block.getInt(100);
    var features = new ArrayList<String>();
    add(features, block.getInt(92), COMPATIBLE);
    add(features, incompatible, INCOMPATIBLE);
    add(features, readOnlyCompatible, READ_ONLY_COMPATIBLE);
    long high = (incompatible & 0x80) == 0 ? 0 : block.getInt(0x150) & 0xffffffffL;
    long blocks = high << 32 | block.getInt(4) & 0xffffffffL;
    boolean isExt4 = (incompatible & ~0x1f) != 0 || (readOnlyCompatible & ~0x7) != 0;
    String type = isExt4 ? "ext4" : features.contains("has_journal") ? "ext3" : "ext2";
    return new FileSystem(
        type,
        uuid(block, 104),
        label(block, 120, 16),
        List.copyOf(features),
        blocks << (10 + (block.getInt(24) & 15)));
  }

  /**
   * What is left in an ext file system.
   *
   * @param freeFiles files that can still be made (inodes)
   */
  record ExtRoom(long freeBytes, long freeFiles) {}

  /** The room in the ext file system that begins at {@code start}, as its superblock says. */
  static ExtRoom extRoom(RandomAccessBytes bytes, long start) throws IOException {
    ByteBuffer block = bytes.little(start + 1024, 1024);
    long high = (block.getInt(96) & 0x80) == 0 ? 0 : block.getInt(0x158) & 0xffffffffL;
    long free = high << 32 | block.getInt(12) & 0xffffffffL;
    return new ExtRoom(free << (10 + (block.getInt(24) & 15)), block.getInt(16) & 0xffffffffL);
  }

  private static void add(List<String> features, int bits, Map<Integer, String> names) {
    names.forEach((bit, name) -> {
      if ((bits & bit) != 0) {
        features.add(name);
      }
    });
  }

  private static @Nullable String uuid(ByteBuffer block, int at) {
    byte[] bytes = new byte[16];
    block.get(at, bytes);
    String hex = HexFormat.of().formatHex(bytes);
    return hex.matches("0+")
        ? null
        : hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
  }

  private static @Nullable String label(ByteBuffer block, int at, int length) {
    byte[] bytes = new byte[length];
    block.get(at, bytes);
    String text = new String(bytes, StandardCharsets.UTF_8).split("\0", 2)[0].strip();
    return text.isEmpty() ? null : text;
  }

  /** Whether its label is one of these. */
  boolean isLabelled(List<String> labels) {
    return label != null && labels.contains(label);
  }

  /** Whether it is ext2, ext3 or ext4. */
  boolean isExt() {
    return type.startsWith("ext");
  }

  /** The kernel option that is needed to mount it, like {@code EXT4_FS}. */
  String kernelOption() {
    return switch (type) {
      case "ext2", "ext3", "ext4" -> "EXT4_FS";
      case "xfs" -> "XFS_FS";
      case "btrfs" -> "BTRFS_FS";
      case "squashfs" -> "SQUASHFS";
      default -> "EROFS_FS";
    };
  }
}

package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The partition table of a raw disk (UEFI 2.10, chapter 5; or an MBR, of which only primary
 * partitions are looked at).
 *
 * @param table {@code gpt} or {@code mbr}
 */
record DiskPartitions(String table, List<Partition> partitions) {
  private static final int SECTOR = 512;
  private static final int MAX_PARTITIONS = 1024;

  /**
   * A partition.
   *
   * @param number from 1 on
   * @param start in bytes
   * @param bytes of it that the disk has
   * @param uuid in the form of the kernel's {@code root=PARTUUID=}, null when there is none
   * @param type a GUID, or the two hexadecimal digits of an MBR
   */
  record Partition(int number, long start, long bytes, @Nullable String uuid, String type) {}

  /** That of a GPT, of which the first header is read; empty when there is none. */
  static Optional<DiskPartitions> gpt(RandomAccessBytes bytes) throws IOException {
    if (!bytes.has(SECTOR, "EFI PART")) {
      return Optional.empty();
    }
    ByteBuffer head = bytes.little(SECTOR, 92);
    long table = head.getLong(72) * SECTOR;
    int count = Math.clamp(head.getInt(80), 0, MAX_PARTITIONS);
    int size = Math.clamp(head.getInt(84), 128, 4096);
    var found = new ArrayList<Partition>();
    for (int number = 1; number <= count; number++) {
      ByteBuffer one = bytes.little(table + (long) (number - 1) * size, 128);
      String type = guid(one, 0);
      if (!type.matches("[0-]+")) {
        long start = one.getLong(32) * SECTOR;
        long room = Math.min((one.getLong(40) + 1) * SECTOR, bytes.size()) - start;
        found.add(new Partition(number, start, room, guid(one, 16), type));
      }
    }
    return Optional.of(new DiskPartitions("gpt", found));
  }

  /** That of an MBR; empty when there is none, or nothing in it. */
  static Optional<DiskPartitions> mbr(RandomAccessBytes bytes) throws IOException {
    ByteBuffer sector = bytes.little(0, SECTOR);
    if (sector.getShort(510) != (short) 0xaa55) {
      return Optional.empty();
    }
    var found = new ArrayList<Partition>();
    int signature = sector.getInt(440);
    for (int number = 1; number <= 4; number++) {
      int at = 446 + (number - 1) * 16;
      long start = (sector.getInt(at + 8) & 0xffffffffL) * SECTOR;
      long end = start + (sector.getInt(at + 12) & 0xffffffffL) * SECTOR;
      int type = sector.get(at + 4) & 0xff;
      if (type != 0 && start > 0 && start < bytes.size()) {
        // In the kernel's form (block/partitions/msdos.c).
        String uuid =
            signature == 0 ? null : String.format(Locale.ROOT, "%08x-%02x", signature, number);
        long room = Math.min(end, bytes.size()) - start;
        found.add(
            new Partition(number, start, room, uuid, String.format(Locale.ROOT, "%02x", type)));
      }
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new DiskPartitions("mbr", found));
  }

  /** A GUID on disk: its first three groups are little-endian (UEFI 2.10, appendix A). */
  static String guid(ByteBuffer bytes, int at) {
    long high =
        (bytes.getInt(at) & 0xffffffffL) << 32
            | (bytes.getShort(at + 4) & 0xffffL) << 16
            | bytes.getShort(at + 6) & 0xffffL;
    return new UUID(high, Long.reverseBytes(bytes.getLong(at + 8))).toString();
  }

  /** Whether there are logical partitions, which nobody looks at. */
  boolean hasExtended() {
    return table.equals("mbr")
        && partitions.stream().anyMatch(one -> List.of("05", "0f", "85").contains(one.type()));
  }

  /** Refuses what this partition's type says that no guest here can use. */
  static void requireUsable(Partition partition, String field, java.nio.file.Path named)
      throws Refused {
    if (partition.type().equals("b921b045-1df0-41c3-af44-4c6f280d3fae")) {
      throw OperatorFile.invalid(
          field,
          named,
          "has a root partition for aarch64, and guests here are x86-64",
          "Give a root file system for x86-64.");
    }
  }
}

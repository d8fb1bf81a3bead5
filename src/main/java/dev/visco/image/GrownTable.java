package dev.visco.image;

import dev.visco.image.probe.RootProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What a disk's partition table (GPT; UEFI 2.10, chapter 5.3) becomes when the disk is made larger:
 * its copy lies at the new end, and the last partition reaches to there. The file system in it
 * stays as it is; growing that is the guest's work. Nothing is written here.
 *
 * @param at where in the disk, in bytes
 * @param bytes what is to stand there
 */
record GrownTable(long at, byte[] bytes) {
  private static final int SECTOR = 512;
  private static final int MIN_HEADER = 92;
  private static final int MIN_ENTRY = 128;
  private static final int MAX_TABLE = 1 << 20;

  /** Partitions begin and end at whole MiB, as those that partitioning programs make. */
  private static final long ALIGNMENT = (1 << 20) / SECTOR;

  /**
   * The parts of the disk that change.
   *
   * @param disk as it is now
   * @param bytes its new size, a multiple of 512 and more than now
   * @param partition the id of the partition that is to grow, as {@code root=PARTUUID=} has it
   * @return empty when the disk has no such table, or another partition is its last one: the guest
   *     arranges its disk itself then
   */
  static List<GrownTable> of(Path disk, long bytes, @Nullable String partition) throws IOException {
    try (FileChannel channel = FileChannel.open(disk)) {
      ByteBuffer header = read(channel, SECTOR, SECTOR);
      int size = header.getInt(12);
      int count = header.getInt(80);
      int each = header.getInt(84);
      boolean isTable =
          partition != null
              && header.getLong(0) == 0x5452415020494645L // EFI PART
              && size >= MIN_HEADER
              && size <= SECTOR
              && each >= MIN_ENTRY
              && count > 0
              && (long) count * each <= MAX_TABLE;
      if (!isTable) {
        return List.of();
      }
      ByteBuffer entries = read(channel, header.getLong(72) * SECTOR, count * each);
      int last = last(entries, count, each);
      if (last < 0 || !RootProbe.guid(entries, last + 16).equalsIgnoreCase(partition)) {
        return List.of();
      }
      return grown(read(channel, 0, SECTOR), header, entries, last, bytes / SECTOR);
    }
  }

  /**
   * The same for a disk that a guest has: in an order in which a try that was cut off leaves a
   * header that says what was to be done, so that it can be done again.
   */
  static List<GrownTable> headerLast(Path disk, long bytes, @Nullable String partition)
      throws IOException {
    var changes = new ArrayList<GrownTable>(of(disk, bytes, partition));
    changes.sort(Comparator.comparing(change -> change.at() == SECTOR));
    return changes;
  }

  /** Where the entry of the partition is that ends last, -1 when there is none. */
  private static int last(ByteBuffer entries, int count, int each) {
    int found = -1;
    for (int at = 0; at < count * each; at += each) {
      boolean isUsed = entries.getLong(at) != 0 || entries.getLong(at + 8) != 0;
      if (isUsed && (found < 0 || entries.getLong(at + 40) > entries.getLong(found + 40))) {
        found = at;
      }
    }
    return found;
  }

  private static List<GrownTable> grown(
      ByteBuffer first, ByteBuffer header, ByteBuffer entries, int last, long sectors) {
    long tableSectors = (entries.capacity() + SECTOR - 1) / SECTOR;
    long copy = sectors - 1 - tableSectors;
    long end = Math.max(entries.getLong(last + 40), copy / ALIGNMENT * ALIGNMENT - 1);
    entries.putLong(last + 40, end);
    header.putLong(48, copy - 1);
    header.putInt(88, crc(entries, entries.capacity()));
    var changes = new ArrayList<GrownTable>();
    if ((first.get(446 + 4) & 0xff) == 0xee) { // What programs that know no GPT see: all is taken.
      first.putInt(446 + 12, (int) Math.min(sectors - 1, 0xffffffffL));
      changes.add(new GrownTable(0, first.array()));
    }
    changes.add(new GrownTable(header.getLong(72) * SECTOR, entries.array()));
    changes.add(new GrownTable(SECTOR, sealed(header, 1, sectors - 1, header.getLong(72))));
    changes.add(new GrownTable(copy * SECTOR, entries.array()));
    changes.add(new GrownTable((sectors - 1) * SECTOR, sealed(header, sectors - 1, 1, copy)));
    return changes;
  }

  /** The header as it stands at {@code own}, with its checksum. */
  private static byte[] sealed(ByteBuffer header, long own, long other, long table) {
    ByteBuffer sealed = little(header.array().clone());
    sealed.putLong(24, own).putLong(32, other).putLong(72, table).putInt(16, 0);
    sealed.putInt(16, crc(sealed, sealed.getInt(12)));
    return sealed.array();
  }

  private static int crc(ByteBuffer bytes, int length) {
    var crc = new CRC32();
    crc.update(bytes.array(), 0, length);
    return (int) crc.getValue();
  }

  private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = little(new byte[length]);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        break; // A disk that ends here has zeros there.
      }
    }
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}

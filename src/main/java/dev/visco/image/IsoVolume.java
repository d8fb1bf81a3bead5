package dev.visco.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A small ISO 9660 file system (ECMA-119) whose files are all in its root folder. Its first 32 KiB,
 * the system area, are anybody's: the seed's archive has its beginning there, so that one disk is
 * both.
 */
final class IsoVolume {
  /** The bytes before the first descriptor (6.2.1). */
  static final int SYSTEM_AREA = 32 << 10;

  private static final int SECTOR = 2048;
  private static final int DESCRIPTOR = 16;
  private static final int LITTLE_PATHS = 18;
  private static final int BIG_PATHS = 19;
  private static final int ROOT = 20;
  private static final int MAX_NAME = 30;

  /** The length of the path table: of the root's record. */
  private static final int PATH_TABLE = 10;

  private final String label;
  private final SortedMap<String, byte[]> files;
  private final ByteBuffer sectors;

  private IsoVolume(String label, Map<String, byte[]> files) {
    this.label = label;
    this.files = new TreeMap<>(files);
    int count = ROOT + 1;
    for (byte[] content : files.values()) {
      count += sectors(content.length);
    }
    this.sectors = ByteBuffer.allocate(count * SECTOR);
  }

  /**
   * The whole volume, with an empty system area.
   *
   * @param label at most 32 characters; Linux finds it by this one as it is written
   * @param files by names of at most 30 characters; all of their names fit one sector of 2048 bytes
   *     (some 30 files). Linux shows names in lower case (isofs, {@code map=normal}).
   */
  static byte[] of(String label, Map<String, byte[]> files) {
    return new IsoVolume(label, files).write();
  }

  private static int sectors(int bytes) {
    return (bytes + SECTOR - 1) / SECTOR;
  }

  private byte[] write() {
    describe();
    paths();
    int at = ROOT + 1;
    sectors.position(ROOT * SECTOR);
    record(ROOT, SECTOR, true, new byte[] {0});
    record(ROOT, SECTOR, true, new byte[] {1});
    for (var file : files.entrySet()) {
      byte[] content = file.getValue();
      record(at, content.length, false, identifier(file.getKey()));
      sectors.put(at * SECTOR, content);
      at += sectors(content.length);
    }
    if (sectors.position() > (ROOT + 1) * SECTOR) {
      throw new IllegalArgumentException(files.size() + " files are too many for one sector");
    }
    return sectors.array();
  }

  /** A file's identifier ends with its version (7.5.1). */
  private static byte[] identifier(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of at most " + MAX_NAME);
    }
    return (name.toUpperCase(Locale.ROOT) + ";1").getBytes(StandardCharsets.US_ASCII);
  }

  /** The primary volume descriptor (8.4), and the one that ends their list (8.3). */
  private void describe() {
    sectors.position(DESCRIPTOR * SECTOR);
    sectors.put((byte) 1).put(ascii("CD001", 5)).put((byte) 1).put((byte) 0);
    sectors.put(ascii("LINUX", 32)).put(ascii(label, 32)).put(new byte[8]);
    both32(sectors.capacity() / SECTOR);
    sectors.put(new byte[32]);
    both16(1); // volumes of the set
    both16(1);
    both16(SECTOR);
    both32(PATH_TABLE);
    little32(LITTLE_PATHS);
    little32(0);
    sectors.putInt(BIG_PATHS).putInt(0);
    record(ROOT, SECTOR, true, new byte[] {0});
    sectors.put(ascii("", 128 + 128 + 128 + 128 + 37 + 37 + 37));
    for (int date = 0; date < 4; date++) {
      sectors.put(ascii("0".repeat(16), 16)).put((byte) 0); // not given (8.4.26.1)
    }
    sectors.put((byte) 1);
    sectors.position((DESCRIPTOR + 1) * SECTOR);
    sectors.put((byte) 255).put(ascii("CD001", 5)).put((byte) 1);
  }

  /** One record each, of the root folder (9.4). */
  private void paths() {
    sectors.position(LITTLE_PATHS * SECTOR);
    sectors.put((byte) 1).put((byte) 0);
    little32(ROOT);
    little16(1);
    sectors.position(BIG_PATHS * SECTOR);
    sectors.put((byte) 1).put((byte) 0).putInt(ROOT).putShort((short) 1);
  }

  /** A directory record (9.1), of an even length. */
  private void record(int sector, int bytes, boolean isFolder, byte[] identifier) {
    int length = 33 + identifier.length + (identifier.length + 1) % 2;
    int end = sectors.position() + length;
    sectors.put((byte) length).put((byte) 0);
    both32(sector);
    both32(bytes);
    sectors.put(new byte[7]); // no date
    sectors.put((byte) (isFolder ? 2 : 0)).put((byte) 0).put((byte) 0);
    both16(1);
    sectors.put((byte) identifier.length).put(identifier);
    sectors.position(end);
  }

  private static byte[] ascii(String text, int length) {
    byte[] padded = new byte[length];
    Arrays.fill(padded, (byte) ' ');
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, padded, 0, bytes.length);
    return padded;
  }

  /** Both byte orders, one after the other (7.3.3). */
  private void both32(int value) {
    little32(value);
    sectors.putInt(value);
  }

  private void both16(int value) {
    little16(value);
    sectors.putShort((short) value);
  }

  private void little32(int value) {
    sectors.order(ByteOrder.LITTLE_ENDIAN).putInt(value).order(ByteOrder.BIG_ENDIAN);
  }

  private void little16(int value) {
    sectors.order(ByteOrder.LITTLE_ENDIAN).putShort((short) value).order(ByteOrder.BIG_ENDIAN);
  }
}

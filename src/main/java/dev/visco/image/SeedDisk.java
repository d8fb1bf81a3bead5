package dev.visco.image;

import dev.visco.host.HostFault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The contents of a VM's seed disk, see {@link Disks#seed}. */
final class SeedDisk {
  /**
   * The name of the first entry of the seed's archive, and so the first bytes of its disk, by which
   * a guest recognizes it.
   */
  static final String SEED_MARK = "visco-seed";

  private static final int SEED_BYTES = 64 << 10;

  /** By this label cloud-init finds it (its documentation of NoCloud). */
  private static final String CIDATA = "cidata";

  /** The bytes of a header of tar, and of what every content is padded to. */
  private static final int HEADER = 512;

  /** Where a header has the size of its content, in octal digits. */
  private static final int SIZE = 124;

  private static final int SIZE_DIGITS = 11;

  /** The bytes of zeros by which an archive ends. */
  private static final int END = 2 * HEADER;

  private SeedDisk() {}

  static byte[] bytes(Map<String, byte[]> files, Map<String, byte[]> cloudInit) {
    byte[] volume = IsoVolume.of(CIDATA, cloudInit);
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      add(tar, SEED_MARK, new byte[0]);
      // Its content begins after two headers, and the volume's system area is empty.
      add(tar, "." + CIDATA, Arrays.copyOfRange(volume, 2 * HEADER, volume.length));
      for (var file : new TreeMap<>(files).entrySet()) {
        add(tar, file.getKey(), file.getValue());
      }
    } catch (IOException e) {
      throw new HostFault("cannot write a tar archive to memory", e);
    }
    int size = Math.max(SEED_BYTES, (bytes.size() + HEADER - 1) / HEADER * HEADER);
    return Arrays.copyOf(bytes.toByteArray(), size);
  }

  /**
   * The archive of a seed disk without cloud-init's volume and without what fills the disk: what a
   * guest takes from it. One of an earlier version, whose second entry is another, is left as it
   * is.
   */
  static byte[] archive(byte[] disk) {
    byte[] volume = ("." + CIDATA + "\0").getBytes(StandardCharsets.US_ASCII);
    if (!Arrays.equals(Arrays.copyOfRange(disk, HEADER, HEADER + volume.length), volume)) {
      return disk;
    }
    int size =
        Integer.parseInt(
            new String(disk, HEADER + SIZE, SIZE_DIGITS, StandardCharsets.US_ASCII), 8);
    int from = 2 * HEADER + (size + HEADER - 1) / HEADER * HEADER;
    int to = disk.length;
    while (to > from && disk[to - 1] == 0) {
      to--;
    }
    to = Math.min(disk.length, (to + HEADER - 1) / HEADER * HEADER + END);
    var archive = new ByteArrayOutputStream();
    archive.write(disk, 0, HEADER);
    archive.write(disk, from, to - from);
    return archive.toByteArray();
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    var entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(0600);
    entry.setIds(0, 0);
    entry.setModTime(0);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}

package dev.visco.image;

import dev.visco.host.HostFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
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

  /** The files of a seed disk, by their names, which an earlier version may have made. */
  static Map<String, byte[]> files(byte[] disk) throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(disk))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.put(entry.getName(), tar.readAllBytes());
      }
    }
    files.keySet().removeAll(List.of(SEED_MARK, "." + CIDATA));
    return files;
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

package dev.visco.archive;

import com.github.luben.zstd.ZstdOutputStream;
import dev.visco.host.PosixTar;
import dev.visco.host.SparseFile;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.wire.Json;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes a tar archive, compressed by zstd, whose last file {@link #DIGESTS} has the SHA-256 of
 * every file before it. An archive without that file is half of one.
 */
public final class ArchiveWriter implements AutoCloseable {
  static final String DIGESTS = "digests.json";

  /** Fast, and within some percent of what higher levels reach with disks. */
  private static final int LEVEL = 3;

  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final TarArchiveOutputStream tar;
  private final String what;
  private final Progress progress;
  private final long total;
  private final Map<String, String> digests = new TreeMap<>();
  private long written;

  /**
   * @param what is done, for the progress
   * @param total bytes of files that are no holes, likewise
   */
  public ArchiveWriter(OutputStream out, String what, long total, Progress progress)
      throws IOException {
    this.what = what;
    var zstd = new ZstdOutputStream(out, LEVEL);
    zstd.setChecksum(true);
    this.tar = PosixTar.writer(zstd);
    this.total = Math.max(1, total);
    this.progress = progress;
  }

  /** A file of these bytes, for root alone. */
  public void bytes(String name, byte[] content) throws IOException {
    var entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(0600);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
    digests.put(name, Digest.of(content).value());
  }

  /** A folder with its mode and owner, without what is in it. */
  public void folder(String name, Path folder) throws IOException {
    var entry = new TarArchiveEntry(name + "/");
    own(entry, folder);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  /**
   * A file as it is now, with its mode and owner; holes cost next to nothing.
   *
   * @throws IOException when it becomes shorter meanwhile
   */
  public void file(String name, Path file) throws IOException {
    MessageDigest sum = Digest.sha256();
    try (FileChannel in = FileChannel.open(file)) {
      long size = in.size();
      var entry = new TarArchiveEntry(name);
      own(entry, file);
      entry.setSize(size);
      tar.putArchiveEntry(entry);
      long at = 0;
      for (SparseFile.DataRange range : SparseFile.data(file)) {
        if (range.start() >= size) {
          break;
        }
        zeros(range.start() - at, sum);
        copy(in, range.start(), Math.min(range.end(), size), sum);
        at = Math.min(range.end(), size);
      }
      zeros(size - at, sum);
      tar.closeArchiveEntry();
    }
    digests.put(name, Digest.of(sum).value());
  }

  private static void own(TarArchiveEntry entry, Path path) throws IOException {
    entry.setMode(number(path, "mode") & 07777);
    entry.setIds(number(path, "uid"), number(path, "gid"));
    entry.setModTime(Files.getLastModifiedTime(path));
  }

  private static int number(Path path, String name) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
  }

  private void zeros(long count, MessageDigest sum) throws IOException {
    for (long left = count; left > 0; left -= BLOCK) {
      put(ZEROS, (int) Math.min(BLOCK, left), sum);
    }
  }

  private void copy(FileChannel in, long from, long end, MessageDigest sum) throws IOException {
    byte[] block = new byte[BLOCK];
    for (long at = from; at < end; ) {
      int count = in.read(ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK, end - at)), at);
      if (count < 0) {
        throw new EOFException("it became shorter while it was read");
      }
      put(block, count, sum);
      at += count;
      written += count;
    }
    progress.report(what, Math.min(1, (double) written / total));
  }

  private void put(byte[] block, int count, MessageDigest sum) throws IOException {
    tar.write(block, 0, count);
    sum.update(block, 0, count);
  }

  /** Writes the digests, which make the archive a whole one. */
  public void finish() throws IOException {
    byte[] content = Json.bytes(digests);
    bytes(DIGESTS, content);
    tar.finish();
    tar.flush();
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}

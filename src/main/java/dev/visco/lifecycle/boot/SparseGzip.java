package dev.visco.lifecycle.boot;

import dev.visco.host.SparseFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Files with holes as gzip (RFC 1952), which every system can unpack to the plain file, and whose
 * checksums show a break. A file may have several members; a long hole is written as members of
 * zeros that were packed once, so that it costs neither time nor room.
 */
final class SparseGzip {
  /** Zeros in one member; about 4 KiB when packed. */
  private static final int HOLE = 4 << 20;

  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];
  private static final byte[] PACKED_HOLE = packedHole();

  private SparseGzip() {}

  /** One member, packed for speed; finishing it leaves the stream below open. */
  private static final class GzipMember extends GZIPOutputStream {
    GzipMember(OutputStream out) throws IOException {
      super(out, BLOCK);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  private static byte[] packedHole() {
    var bytes = new ByteArrayOutputStream();
    try (var member = new GZIPOutputStream(bytes)) {
      zeros(member, HOLE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void zeros(OutputStream out, long count) throws IOException {
    for (long left = count; left > 0; left -= BLOCK) {
      out.write(ZEROS, 0, (int) Math.min(BLOCK, left));
    }
  }

  /** Writes all of a file. */
  static void write(Path file, OutputStream out) throws IOException {
    try (FileChannel from = FileChannel.open(file)) {
      long at = 0;
      for (SparseFile.DataRange range : SparseFile.data(file)) {
        at = hole(at, range.start(), out);
        at = data(from, at, range, out);
      }
      at = hole(at, from.size(), out);
      var last = new GzipMember(out);
      zeros(last, from.size() - at);
      last.finish();
    }
  }

  /** Whole pieces of a hole; what is left of it belongs to the data behind it. */
  private static long hole(long from, long end, OutputStream out) throws IOException {
    long at = from;
    for (; end - at >= HOLE; at += HOLE) {
      out.write(PACKED_HOLE);
    }
    return at;
  }

  private static long data(FileChannel from, long at, SparseFile.DataRange range, OutputStream out)
      throws IOException {
    var member = new GzipMember(out);
    zeros(member, range.start() - at);
    var block = ByteBuffer.allocate(BLOCK);
    for (long place = range.start(); place < range.end(); ) {
      block.clear().limit((int) Math.min(BLOCK, range.end() - place));
      int count = from.read(block, place);
      if (count < 0) {
        throw new IOException("it became shorter while it was read");
      }
      member.write(block.array(), 0, count);
      place += count;
    }
    member.finish();
    return range.end();
  }

  /** It has more bytes than it may have. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1;
  }

  /**
   * Writes what comes, packed or not, into a new file, and leaves holes where it is zero.
   *
   * @param maxBytes of the unpacked file
   * @param written told now and then how many bytes there are; may throw to end it
   * @return how many bytes there were
   * @throws TooLong when there were more than that
   * @throws IOException also when it broke off, or is no whole gzip
   */
  static long read(InputStream in, Path file, long maxBytes, LongConsumer written)
      throws IOException {
    try (InputStream plain = plain(in);
        FileChannel to =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] block = new byte[BLOCK];
      long at = 0;
      for (int count = plain.readNBytes(block, 0, BLOCK);
          count > 0;
          count = plain.readNBytes(block, 0, BLOCK)) {
        if (at + count > maxBytes) {
          throw new TooLong();
        }
        if (count < BLOCK || !Arrays.equals(block, ZEROS)) {
          var bytes = ByteBuffer.wrap(block, 0, count);
          for (long place = at; bytes.hasRemaining(); ) {
            place += to.write(bytes, place);
          }
        }
        at += count;
        if (at % HOLE == 0) {
          written.accept(at);
        }
      }
      return at;
    }
  }

  private static InputStream plain(InputStream in) throws IOException {
    var buffered = new BufferedInputStream(in, BLOCK);
    buffered.mark(2);
    boolean isPacked = buffered.read() == 0x1f && buffered.read() == 0x8b;
    buffered.reset();
    return isPacked ? new GzipCompressorInputStream(buffered, true) : buffered;
  }
}

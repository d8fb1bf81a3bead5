package dev.visco.host;

import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * The digest of a disk's file that is mostly holes: the SHA-256 of its size, and of each block of
 * {@value #BLOCK} bytes that is not zero, with its number. So holes need not be read; and two files
 * with the same contents have the same digest, wherever their holes are. It is not the SHA-256 of
 * the file.
 */
public final class DiskDigest {
  /** The size of a block in bytes; the last one may be shorter. */
  public static final int BLOCK = 64 << 10;

  private static final byte[] ZEROS = new byte[BLOCK];
  private static final String FORM = "disk by blocks of 64 KiB\n";

  private DiskDigest() {}

  /** Is given each block that is not zero. */
  private interface BlockWriter {
    void write(long at, ByteBuffer block) throws IOException;
  }

  /** Reads a file, without its holes. */
  public static Digest of(Path file) throws IOException {
    try (FileChannel from = FileChannel.open(file)) {
      return new Pass(file, from, part -> {}, (at, block) -> {}).digest();
    }
  }

  /**
   * Copies a file, with holes where it is zero, and computes the digest of what was copied.
   *
   * @param progress is told which part of it is done, from 0 to 1
   */
  public static Digest copy(Path source, Path target, DoubleConsumer progress) throws IOException {
    try (FileChannel from = FileChannel.open(source);
        FileChannel to =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var pass =
          new Pass(
              source,
              from,
              progress,
              (at, block) -> {
                for (long place = at; block.hasRemaining(); ) {
                  place += to.write(block, place);
                }
              });
      Digest digest = pass.digest();
      if (to.size() < pass.size) {
        to.write(ByteBuffer.allocate(1), pass.size - 1);
      }
      return digest;
    }
  }

  /** One pass over a file. */
  private static final class Pass {
    private final Path file;
    private final FileChannel from;
    private final DoubleConsumer progress;
    private final BlockWriter target;
    private final MessageDigest sum = Digest.sha256();
    private final byte[] block = new byte[BLOCK];
    private final long size;
    private long next;
    private int told = -1;

    Pass(Path file, FileChannel from, DoubleConsumer progress, BlockWriter target)
        throws IOException {
      this.file = file;
      this.from = from;
      this.progress = progress;
      this.target = target;
      this.size = from.size();
    }

    Digest digest() throws IOException {
      progress.accept(0);
      sum.update(FORM.getBytes(StandardCharsets.US_ASCII));
      number(size);
      SparseFile.eachData(file, range -> blocks(range.start() / BLOCK, range.end()));
      return Digest.of(sum);
    }

    /** Blocks that ranges share are read once. */
    private void blocks(long first, long end) throws IOException {
      for (long number = Math.max(first, next); number * BLOCK < Math.min(end, size); number++) {
        long at = number * BLOCK;
        int length = (int) Math.min(BLOCK, size - at);
        read(at, length);
        if (!Arrays.equals(block, 0, length, ZEROS, 0, length)) {
          number(number);
          sum.update(block, 0, length);
          target.write(at, ByteBuffer.wrap(block, 0, length));
        }
        next = number + 1;
        tell((int) (100 * at / size));
      }
    }

    private void read(long at, int length) throws IOException {
      ByteBuffer into = ByteBuffer.wrap(block, 0, length);
      while (into.hasRemaining()) {
        if (from.read(into, at + into.position()) < 0) {
          throw new IOException(file + " became shorter while it was read");
        }
      }
    }

    private void number(long value) {
      sum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, value));
    }

    private void tell(int percent) {
      if (percent > told) {
        told = percent;
        progress.accept(percent / 100.0);
      }
    }
  }
}

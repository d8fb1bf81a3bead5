package dev.visco.host;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * A copy of a large file that somebody writes to, who must stand still for a short time only: the
 * first pass copies all of it meanwhile, and the second, while nobody writes, replaces what has
 * changed since. Comparing takes a fraction of copying, as nothing is allocated and little is
 * written. Nothing is synced.
 */
public final class TwoPassCopy {
  private static final int BUFFER = 1 << 20;

  /** What is replaced at once, and the unit of holes in the copy. */
  private static final int BLOCK = 1 << 16;

  /** What one thread compares at once. */
  private static final long PIECE = 16L << 20;

  private TwoPassCopy() {}

  /**
   * Copies a file without its holes, while others may write to it: what it copies is a file of the
   * same size with content of several moments.
   *
   * @param to an existing, empty file
   */
  public static void first(Path from, Path to) throws IOException {
    setSize(from, to);
    SparseFile.overlay(from, to);
  }

  /** Makes the copy equal to the file, to which nobody writes meanwhile. */
  public static void second(Path from, Path to) throws IOException {
    long bytes = setSize(from, to);
    List<SparseFile.DataRange> data = SparseFile.data(from);
    List<SparseFile.DataRange> copied = SparseFile.data(to);
    try (FileChannel source = FileChannel.open(from);
        FileChannel target =
            FileChannel.open(to, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Pieces.each(
          bytes,
          PIECE,
          (start, end) -> new Comparison(source, target).run(data, copied, start, end));
    }
  }

  private static long setSize(Path from, Path to) throws IOException {
    try (FileChannel source = FileChannel.open(from);
        var target = new RandomAccessFile(to.toFile(), "rw")) {
      long bytes = source.size();
      if (target.length() != bytes) {
        target.setLength(bytes);
      }
      return bytes;
    }
  }

  /** Compares where either of both has data. */
  private static final class Comparison {
    private final FileChannel source;
    private final FileChannel target;
    private final ByteBuffer wanted = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer there = ByteBuffer.allocateDirect(BUFFER);

    Comparison(FileChannel source, FileChannel target) {
      this.source = source;
      this.target = target;
    }

    void run(
        List<SparseFile.DataRange> data, List<SparseFile.DataRange> copied, long start, long end)
        throws IOException {
      var next = new NextData(data);
      var nextCopied = new NextData(copied);
      for (long at = start; at < end; ) {
        at = Math.max(at, Math.min(next.applyAsLong(at), nextCopied.applyAsLong(at)));
        if (at < end) {
          int length = (int) Math.min(BUFFER, end - at);
          compare(at, length);
          at += length;
        }
      }
    }

    private void compare(long at, int length) throws IOException {
      readFully(source, wanted, at, length);
      readFully(target, there, at, length);
      for (int block = 0; block < length; ) {
        int different =
            wanted.slice(block, length - block).mismatch(there.slice(block, length - block));
        if (different < 0) {
          return;
        }
        int first = (block + different) / BLOCK * BLOCK;
        int last = Math.min(length, first + BLOCK);
        ByteBuffer changed = wanted.slice(first, last - first);
        for (long place = at + first; changed.hasRemaining(); ) {
          place += target.write(changed, place);
        }
        block = last;
      }
    }

    private static void readFully(FileChannel from, ByteBuffer into, long at, int length)
        throws IOException {
      into.clear().limit(length);
      while (into.hasRemaining()) {
        if (from.read(into, at + into.position()) <= 0) {
          throw new IOException("the file became shorter while it was read");
        }
      }
    }
  }

  /** The first byte of data from a place on, for places that only grow. */
  private static final class NextData implements LongUnaryOperator {
    private final List<SparseFile.DataRange> data;
    private int next;

    NextData(List<SparseFile.DataRange> data) {
      this.data = data;
    }

    @Override
    public long applyAsLong(long from) {
      while (next < data.size() && data.get(next).end() <= from) {
        next++;
      }
      return next < data.size() ? Math.max(from, data.get(next).start()) : Long.MAX_VALUE;
    }
  }
}

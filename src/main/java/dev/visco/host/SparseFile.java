package dev.visco.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Files with holes, which read as zeros. Reading a hole costs as much as reading data, since the
 * kernel fills pages with zeros; so the kernel is asked where the holes are (lseek(2), SEEK_DATA),
 * for which Java has no call.
 */
public final class SparseFile {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /** The unit of st_blocks, whatever a file system's own blocks are: see inode(7). */
  private static final int BLOCK = 512;

  private SparseFile() {}

  /** A part of a file without holes; {@code end} is the first byte after it. */
  public record DataRange(long start, long end) {}

  /** Is given each part with data. */
  public interface DataVisitor {
    void visit(DataRange range) throws IOException;
  }

  /**
   * The parts of {@code file} with data, in order; the whole file if its file system does not
   * support holes.
   */
  public static List<DataRange> data(Path file) throws IOException {
    var found = new ArrayList<DataRange>();
    eachData(file, found::add);
    return found;
  }

  /** The same one by one, however many a file of strangers has. */
  public static void eachData(Path file, DataVisitor visitor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = CLibrary.open(arena, file.toString(), CLibrary.O_CLOEXEC);
      try {
        eachData(descriptor, visitor);
      } finally {
        CLibrary.close(descriptor);
      }
    } catch (CLibrary.Failure e) {
      throw new IOException("cannot read where " + file + " has data: " + e.getMessage(), e);
    }
  }

  /**
   * What the file takes of its file system, in bytes, with what is still to be written there; 0 for
   * one that is not there.
   */
  public static long taken(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return CLibrary.blocks(arena, file.toString()) * BLOCK;
    } catch (CLibrary.Failure e) {
      if (e.errno() == CLibrary.ENOENT) {
        return 0;
      }
      throw new HostFault("cannot read how much " + file + " takes: " + e.getMessage(), e);
    }
  }

  private static void eachData(int descriptor, DataVisitor visitor)
      throws IOException, CLibrary.Failure {
    long start = next(descriptor, 0, SEEK_DATA);
    while (start >= 0) {
      long end = next(descriptor, start, SEEK_HOLE);
      if (end < 0) {
        return;
      }
      visitor.visit(new DataRange(start, end));
      start = next(descriptor, end, SEEK_DATA);
    }
  }

  /** The start of the next data or hole from {@code from} on; -1 when there is none. */
  private static long next(int descriptor, long from, int whence) throws CLibrary.Failure {
    try {
      return CLibrary.seek(descriptor, from, whence);
    } catch (CLibrary.Failure e) {
      if (e.errno() == CLibrary.ENXIO) {
        return -1;
      }
      throw e;
    }
  }

  /**
   * Copies the data of {@code source}, without its holes, to the same offsets of the existing file
   * {@code target}.
   */
  public static void overlay(Path source, Path target) throws IOException {
    try (FileChannel from = FileChannel.open(source);
        FileChannel to = FileChannel.open(target, StandardOpenOption.WRITE)) {
      for (DataRange range : data(source)) {
        to.position(range.start());
        for (long at = range.start(); at < range.end(); ) {
          long moved = from.transferTo(at, range.end() - at, to);
          if (moved <= 0) {
            throw new IOException(source + " became shorter while it was read");
          }
          at += moved;
        }
      }
    }
  }
}

package dev.visco.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Files with holes, which read as zeros. To read a hole costs as much as to read data, since the
 * kernel makes pages of zeros of it; so it is asked where they are (lseek(2), SEEK_DATA). Java has
 * no call for that.
 */
public final class SparseFile {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /** O_RDONLY | O_CLOEXEC of open(2). */
  private static final int READ_ONLY = 0x8_0000;

  private static final MethodHandle OPEN = function("open", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SEEK =
      function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);

  private SparseFile() {}

  /** A part of a file that is no hole; {@code end} is the first byte behind it. */
  public record Range(long start, long end) {}

  private static MethodHandle function(
      String name, MemoryLayout answer, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(answer, arguments));
  }

  /** Where {@code file} has data, in order; all of it where its file system knows no holes. */
  public static List<Range> data(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
      if (descriptor < 0) {
        throw new IOException("cannot open " + file);
      }
      try {
        return data(descriptor);
      } finally {
        int ignored = (int) CLOSE.invokeExact(descriptor);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e); // Functions of C throw nothing.
    }
  }

  private static List<Range> data(int descriptor) throws Throwable {
    var found = new ArrayList<Range>();
    // Both calls answer -1 when nothing comes behind this place.
    for (long start = (long) SEEK.invokeExact(descriptor, 0L, SEEK_DATA); start >= 0; ) {
      long end = (long) SEEK.invokeExact(descriptor, start, SEEK_HOLE);
      if (end < 0) {
        return found;
      }
      found.add(new Range(start, end));
      start = (long) SEEK.invokeExact(descriptor, end, SEEK_DATA);
    }
    return found;
  }

  /** Writes what is no hole in {@code source} into {@code target}, which is there, at its place. */
  public static void overlay(Path source, Path target) throws IOException {
    try (FileChannel from = FileChannel.open(source);
        FileChannel to = FileChannel.open(target, StandardOpenOption.WRITE)) {
      for (Range range : data(source)) {
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

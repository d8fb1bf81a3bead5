package dev.visco.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.function.IntConsumer;

/** Writes new files whose zeros become holes. */
public final class SparseCopy {
  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];

  private SparseCopy() {}

  /**
   * Writes a new file for root alone, and syncs it.
   *
   * @param size of all of it
   * @param taken is told the bytes of each block before it is written; none of a hole. It may throw
   *     to refuse them.
   */
  public static void write(Path file, InputStream content, long size, IntConsumer taken)
      throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      byte[] block = new byte[BLOCK];
      long at = 0;
      for (int count = content.readNBytes(block, 0, BLOCK);
          count > 0;
          count = content.readNBytes(block, 0, BLOCK)) {
        if (!Arrays.equals(block, 0, count, ZEROS, 0, count)) {
          taken.accept(count);
          write(out, ByteBuffer.wrap(block, 0, count), at);
        }
        at += count;
      }
      out.force(true);
    }
    lengthen(file, size);
  }

  /** A hole at its end. */
  private static void lengthen(Path file, long size) throws IOException {
    if (Files.size(file) < size) {
      try (var end = new RandomAccessFile(file.toFile(), "rw")) {
        end.setLength(size);
        end.getFD().sync();
      }
    }
  }

  private static void write(FileChannel out, ByteBuffer block, long at) throws IOException {
    for (long place = at; block.hasRemaining(); ) {
      place += out.write(block, place);
    }
  }
}

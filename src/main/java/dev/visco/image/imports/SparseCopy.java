package dev.visco.image.imports;

import dev.visco.model.Digest;
import dev.visco.model.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;

/** Copies a file, with holes where it is zero, and computes its digest. */
final class SparseCopy {
  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];
  private static final int REPORT_EVERY = 256;

  private SparseCopy() {}

  /**
   * Copies it.
   *
   * @param what words for the progress
   */
  static Digest copy(Path from, Path to, String what, Progress progress) throws IOException {
    MessageDigest sum = Digest.sha256();
    long size = Files.size(from);
    long at = 0;
    progress.report(what, 0);
    try (InputStream in = Files.newInputStream(from);
        FileChannel out =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] block = new byte[BLOCK];
      int count = in.readNBytes(block, 0, BLOCK);
      for (long number = 1; count > 0; number++) {
        sum.update(block, 0, count);
        boolean isLast = count < BLOCK || at + count >= size;
        if (isLast || !Arrays.equals(block, ZEROS)) {
          write(out, ByteBuffer.wrap(block, 0, count), at);
        }
        at += count;
        if (number % REPORT_EVERY == 0) {
          progress.report(what, Math.min(1, (double) at / size));
        }
        count = in.readNBytes(block, 0, BLOCK);
      }
    }
    return Digest.of(sum);
  }

  private static void write(FileChannel out, ByteBuffer block, long at) throws IOException {
    for (long place = at; block.hasRemaining(); ) {
      place += out.write(block, place);
    }
  }
}

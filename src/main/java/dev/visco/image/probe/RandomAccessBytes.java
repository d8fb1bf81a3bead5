package dev.visco.image.probe;

import dev.visco.host.BlockInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/** Random access to the bytes of a file or an array. */
public interface RandomAccessBytes {
  /** The number of bytes that a search holds at a time. */
  int WINDOW = 1 << 20;

  long size();

  /** At most {@code length} bytes from {@code offset} on; fewer where it ends. */
  byte[] read(long offset, int length) throws IOException;

  /** Bytes as a little-endian buffer, padded with zeros to {@code length}. */
  default ByteBuffer little(long offset, int length) throws IOException {
    byte[] found = read(offset, length);
    return ByteBuffer.wrap(java.util.Arrays.copyOf(found, length)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether this text is at {@code offset}. */
  default boolean has(long offset, String text) throws IOException {
    return new String(read(offset, text.length()), StandardCharsets.ISO_8859_1).equals(text);
  }

  /**
   * The offset of the first occurrence of this text, -1 for none.
   *
   * @param end the end of the search, exclusive
   */
  default long find(long from, long end, String text) throws IOException {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    for (long at = from; at < end; at += WINDOW) {
      byte[] window = read(at, (int) Math.min(WINDOW + wanted.length - 1L, end - at));
      for (int begin = 0; begin + wanted.length <= window.length && begin < WINDOW; begin++) {
        if (window[begin] == wanted[0]
            && java.util.Arrays.equals(
                window, begin, begin + wanted.length, wanted, 0, wanted.length)) {
          return at + begin;
        }
      }
    }
    return -1;
  }

  /** The bytes from {@code from} to {@code end}, read on demand. */
  default InputStream stream(long from, long end) {
    return new BlockInput() {
      private long at = from;

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        byte[] next = RandomAccessBytes.this.read(at, (int) Math.clamp(end - at, 0, length));
        System.arraycopy(next, 0, buffer, offset, next.length);
        at += next.length;
        return next.length == 0 ? -1 : next.length;
      }
    };
  }

  static RandomAccessBytes of(byte[] all) {
    return new RandomAccessBytes() {
      @Override
      public long size() {
        return all.length;
      }

      @Override
      public byte[] read(long offset, int length) {
        int from = (int) Math.clamp(offset, 0, all.length);
        return java.util.Arrays.copyOfRange(
            all, from, (int) Math.clamp(from + (long) length, from, all.length));
      }
    };
  }

  /** The bytes of a file, while the channel is open. */
  static RandomAccessBytes of(FileChannel file) throws IOException {
    long size = file.size();
    return new RandomAccessBytes() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public byte[] read(long offset, int length) throws IOException {
        if (offset < 0 || offset >= size) {
          return new byte[0];
        }
        var buffer = ByteBuffer.allocate((int) Math.min(length, size - offset));
        for (long at = offset; buffer.hasRemaining(); ) {
          int count = file.read(buffer, at);
          if (count < 0) {
            break;
          }
          at += count;
        }
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
      }
    };
  }
}

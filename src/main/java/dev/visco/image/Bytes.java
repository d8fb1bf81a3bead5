package dev.visco.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/** Something to look into without reading all of it: a file, or bytes that were unpacked. */
interface Bytes {
  long size();

  /** At most {@code length} bytes from {@code offset} on; fewer where it ends. */
  byte[] read(long offset, int length) throws IOException;

  /** The same as a little-endian buffer, padded with zeros to {@code length}. */
  default ByteBuffer little(long offset, int length) throws IOException {
    byte[] found = read(offset, length);
    return ByteBuffer.wrap(java.util.Arrays.copyOf(found, length)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether these characters stand at {@code offset}. */
  default boolean has(long offset, String text) throws IOException {
    return new String(read(offset, text.length()), StandardCharsets.ISO_8859_1).equals(text);
  }

  static Bytes of(byte[] all) {
    return new Bytes() {
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

  /** A file's bytes as long as the channel is open. */
  static Bytes of(FileChannel file) throws IOException {
    long size = file.size();
    return new Bytes() {
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

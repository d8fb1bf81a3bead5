package dev.visco.image.probe;

import dev.visco.host.BlockInput;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;

/**
 * LZ4 as Linux packs kernels and initramfs (lz4's {@code doc/lz4_Frame_format.md}, legacy frame): a
 * magic number, then blocks of at most 8 MiB, each preceded by its packed size. The frame ends at
 * the end of the data, or at the unpacked size that the kernel's build appends.
 */
final class LegacyLz4 extends BlockInput {
  private static final int MAGIC = 0x184c2102;
  private static final int MAX = 8 << 20;
  private final InputStream packed;
  private byte[] block = new byte[0];
  private int at;
  private boolean ended;

  LegacyLz4(InputStream packed) throws IOException {
    this.packed = packed;
    if (number() != MAGIC) {
      throw new IOException("no legacy LZ4 frame");
    }
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (at == block.length && !ended) {
      next();
    }
    if (at == block.length) {
      return -1;
    }
    int count = Math.min(length, block.length - at);
    System.arraycopy(block, at, buffer, offset, count);
    at += count;
    return count;
  }

  private void next() throws IOException {
    packed.mark(Integer.BYTES);
    long size = number();
    if (size == MAGIC) {
      return; // Another frame follows the first.
    }
    // A packed block may be a little longer than its 8 MiB of data.
    if (size <= 0 || size > MAX + MAX / 255 + 16) {
      ended = true;
      if (size > 0 && packed.markSupported()) {
        packed.reset(); // The bytes belong to what follows the frame.
      }
      return;
    }
    byte[] bytes = packed.readNBytes((int) size);
    if (bytes.length < size) {
      if (bytes.length == 0) {
        ended = true; // It was the unpacked size of a small kernel.
        return;
      }
      throw new EOFException("the LZ4 block ends after " + bytes.length + " of " + size);
    }
    try (var in = new BlockLZ4CompressorInputStream(new ByteArrayInputStream(bytes))) {
      block = in.readNBytes(MAX);
      at = 0;
    }
  }

  /** A little-endian number of 32 bits, 0 at the end. */
  private long number() throws IOException {
    byte[] bytes = packed.readNBytes(4);
    if (bytes.length < 4) {
      return 0;
    }
    return bytes[0] & 0xffL
        | (bytes[1] & 0xffL) << 8
        | (bytes[2] & 0xffL) << 16
        | (bytes[3] & 0xffL) << 24;
  }
}

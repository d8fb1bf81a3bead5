package dev.visco.image.probe;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

/**
 * The compression of a kernel's payload, an initramfs or a module, recognized by its first bytes
 * (Linux, {@code lib/decompress.c}; for the others, {@code file(1)}'s magic).
 */
public enum Compression {
  GZIP(0x1f, 0x8b),
  XZ(0xfd, '7', 'z', 'X', 'Z', 0),
  BZIP2('B', 'Z', 'h'),
  /** The format of {@code lz4 -l}, the only one that Linux reads. */
  LZ4(0x02, 0x21, 0x4c, 0x18),
  LZ4_FRAME(0x04, 0x22, 0x4d, 0x18),
  LZMA(0x5d, 0, 0),
  LZO(0x89, 'L', 'Z', 'O'),
  ZSTD(0x28, 0xb5, 0x2f, 0xfd);

  /** The maximum window of {@code zstd -22 --ultra}, with which kernels are packed: 128 MiB. */
  private static final int MAX_WINDOW = 27;

  /**
   * The memory that {@code lzma -9} and {@code xz -9} need: 64 MiB, and some for tables; in KiB.
   */
  private static final int MAX_DICTIONARY = 68 << 10;

  private final int[] magic;

  Compression(int... magic) {
    this.magic = magic;
  }

  /** The compression of data that begins with these bytes; empty for none of them. */
  static Optional<Compression> of(byte[] head) {
    for (Compression one : values()) {
      boolean fits = head.length >= one.magic.length;
      for (int at = 0; fits && at < one.magic.length; at++) {
        fits = (head[at] & 0xff) == one.magic[at];
      }
      if (fits) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  /** Whether {@link #open} can unpack it: there is no library for lzo here. */
  boolean isReadable() {
    return this != LZO;
  }

  /** The kernel's option for unpacking an initramfs of this kind, like {@code RD_GZIP}. */
  public Optional<String> initramfsOption() {
    return this == LZ4_FRAME ? Optional.empty() : Optional.of("RD_" + name());
  }

  /**
   * Unpacks one stream; damaged data is an {@link IOException}, at the latest when it is read. For
   * gzip, xz and lz4, no bytes after its end are consumed if {@code packed} supports marks.
   *
   * @throws UnsupportedOperationException when it is not {@link #isReadable}
   */
  InputStream open(InputStream packed) throws IOException {
    return switch (this) {
      case GZIP -> GzipCompressorInputStream.builder().setInputStream(packed).get();
      case XZ -> new SingleXZInputStream(packed, MAX_DICTIONARY);
      case BZIP2 -> new BZip2CompressorInputStream(packed);
      case LZ4 -> new BufferedInputStream(new LegacyLz4(packed));
      case LZ4_FRAME -> new FramedLZ4CompressorInputStream(packed);
      case LZMA -> new LZMAInputStream(packed, MAX_DICTIONARY);
      case ZSTD -> new ZstdInputStream(packed).setLongMax(MAX_WINDOW);
      case LZO -> throw new UnsupportedOperationException(this + " cannot be unpacked here");
    };
  }

  /**
   * Unpacks a kernel's payload. Its last four bytes are the unpacked size (Linux, {@code
   * scripts/Makefile.lib}, size_append); zstd would take them for a damaged second frame.
   *
   * @param length of the payload
   */
  InputStream openKernel(InputStream payload, long length) throws IOException {
    return open(this == ZSTD ? new BoundedInput(payload, length - 4) : payload);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}

package dev.visco.image.oci;

import com.github.luben.zstd.ZstdInputStream;
import dev.visco.model.Digest;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * A layer's unpacked bytes, from gzip, zstd or nothing at all, counted and digested on both sides.
 * Nothing of a layer may be used before {@link #finish} has not refused it.
 */
final class LayerInput extends InputStream {
  /** zstd's own bound for windows that need no consent, 128 MiB (zstd(1), --long). */
  private static final int MAX_WINDOW = 27;

  private final OciLayer layer;
  private final OciLimits limits;
  private final Counted packed;
  private final Counted unpacked;

  /**
   * @param in the layer's bytes as they are stored
   */
  LayerInput(OciLayer layer, InputStream in, OciLimits limits) throws IOException {
    this.layer = layer;
    this.limits = limits;
    this.packed = new Counted(in);
    this.unpacked = new Counted(opened(new BufferedInputStream(packed, 64 << 10)));
  }

  private InputStream opened(BufferedInputStream in) throws IOException {
    in.mark(8);
    byte[] head = in.readNBytes(4);
    in.reset();
    if (startsWith(head, 0x1f, 0x8b)) {
      return GzipCompressorInputStream.builder()
          .setInputStream(in)
          .setDecompressConcatenated(true)
          .get();
    }
    if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) {
      return new ZstdInputStream(in).setLongMax(MAX_WINDOW);
    }
    return in;
  }

  private static boolean startsWith(byte[] head, int... magic) {
    for (int at = 0; at < magic.length; at++) {
      if (at >= head.length || (head[at] & 0xff) != magic[at]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = unpacked.read(buffer, offset, length);
    long bytes = unpacked.bytes;
    if (bytes > limits.maxBytes()) {
      throw OciRefusal.layer(
          layer.digest() + "", "unpacks to more than " + (limits.maxBytes() >> 20) + " MiB");
    }
    if (bytes > OciLimits.RATIO_FREE_BYTES
        && bytes / Math.max(1, packed.bytes) > limits.maxRatio()) {
      throw OciRefusal.layer(
          layer.digest() + "", "unpacks to more than " + limits.maxRatio() + " times its size");
    }
    return count;
  }

  /** The bytes that were unpacked so far. */
  long bytes() {
    return unpacked.bytes;
  }

  /** Reads the rest; refuses a layer that is not the one that the manifest names. */
  void finish() throws IOException {
    byte[] rest = new byte[64 << 10];
    while (read(rest, 0, rest.length) >= 0) {
      // Only counted and digested.
    }
    while (packed.read(rest, 0, rest.length) >= 0) {
      // As above: what follows a stream belongs to the layer's digest, too.
    }
    Digest found = Digest.of(packed.sum);
    if (!found.equals(layer.digest())) {
      throw OciRefusal.layer(layer.digest() + "", "has other contents: their digest is " + found);
    }
    Digest plain = Digest.of(unpacked.sum);
    if (!plain.equals(layer.diffId())) {
      throw OciRefusal.layer(
          layer.digest() + "",
          "unpacks to " + plain + ", and the configuration says " + layer.diffId());
    }
  }

  @Override
  public void close() throws IOException {
    unpacked.close();
  }

  /** Counts and digests what is read. */
  private static final class Counted extends FilterInputStream {
    private final MessageDigest sum = Digest.sha256();
    private long bytes;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = in.read(buffer, offset, length);
      if (count > 0) {
        sum.update(buffer, offset, count);
        bytes += count;
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] skipped = new byte[(int) Math.min(count, 64 << 10)];
      return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}

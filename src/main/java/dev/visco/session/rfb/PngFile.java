package dev.visco.session.rfb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Checksum;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes PNG (RFC 2083, true colour, 8 bits). The JDK's own writer would load the module
 * java.desktop with its native libraries into the daemon.
 */
final class PngFile {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** Bytes of a chunk besides its content: length, type and checksum. */
  private static final int CHUNK = 12;

  private PngFile() {}

  /**
   * It is compressed twice, first for the length alone, so that only the file is held in memory.
   *
   * @param pixels red, green and blue in the lower 24 bits, row by row
   */
  static byte[] of(int width, int height, int[] pixels) {
    try {
      var size = new CheckedOutputStream(OutputStream.nullOutputStream(), new Counter());
      pack(size, width, height, pixels);
      int packed = Math.toIntExact(size.getChecksum().getValue());
      byte[] header = header(width, height);
      ByteBuffer file = ByteBuffer.allocate(SIGNATURE.length + 3 * CHUNK + header.length + packed);
      file.put(SIGNATURE);
      chunk(file, "IHDR", header.length, out -> out.write(header));
      chunk(file, "IDAT", packed, out -> pack(out, width, height, pixels));
      chunk(file, "IEND", 0, out -> {});
      return file.array();
    } catch (IOException e) {
      throw new IllegalStateException("a file in memory cannot be written", e);
    }
  }

  /** Counts bytes. */
  private static final class Counter implements Checksum {
    private long count;

    @Override
    public void update(int one) {
      count++;
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
      count += length;
    }

    @Override
    public long getValue() {
      return count;
    }

    @Override
    public void reset() {
      count = 0;
    }
  }

  private static byte[] header(int width, int height) {
    // 8 bits, true colour, deflate, the one set of filters, not interlaced.
    return ByteBuffer.allocate(13)
        .putInt(width)
        .putInt(height)
        .put(new byte[] {8, 2, 0, 0, 0})
        .array();
  }

  private static void pack(OutputStream to, int width, int height, int[] pixels)
      throws IOException {
    var deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      var out = new DeflaterOutputStream(to, deflater, 1 << 16);
      byte[] row = new byte[1 + 3 * width]; // The first byte says that no filter is used.
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int pixel = pixels[y * width + x];
          row[1 + 3 * x] = (byte) (pixel >> 16);
          row[2 + 3 * x] = (byte) (pixel >> 8);
          row[3 + 3 * x] = (byte) pixel;
        }
        out.write(row);
      }
      out.finish();
    } finally {
      deflater.close();
    }
  }

  /** Writes the content of a chunk. */
  private interface Content {
    void to(OutputStream out) throws IOException;
  }

  private static void chunk(ByteBuffer file, String type, int length, Content content)
      throws IOException {
    file.putInt(length);
    var out =
        new CheckedOutputStream(
            new OutputStream() {
              @Override
              public void write(int one) {
                file.put((byte) one);
              }

              @Override
              public void write(byte[] bytes, int offset, int count) {
                file.put(bytes, offset, count);
              }
            },
            new CRC32());
    out.write(type.getBytes(StandardCharsets.US_ASCII));
    content.to(out);
    file.putInt((int) out.getChecksum().getValue());
  }
}

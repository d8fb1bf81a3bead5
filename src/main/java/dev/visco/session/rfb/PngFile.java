package dev.visco.session.rfb;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes PNG (RFC 2083, true colour, 8 bits). The JDK's own writer would bring all of java.desktop
 * into the daemon, its native libraries too, for these few lines.
 */
final class PngFile {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private PngFile() {}

  /**
   * @param pixels red, green and blue in the lower 24 bits, row by row
   */
  static byte[] of(int width, int height, int[] pixels) {
    var file = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(file)) {
      out.write(SIGNATURE);
      chunk(out, "IHDR", header(width, height));
      chunk(out, "IDAT", packed(width, height, pixels));
      chunk(out, "IEND", new byte[0]);
    } catch (IOException e) {
      throw new IllegalStateException("a file in memory cannot be written", e);
    }
    return file.toByteArray();
  }

  private static byte[] header(int width, int height) throws IOException {
    var header = new ByteArrayOutputStream();
    var out = new DataOutputStream(header);
    out.writeInt(width);
    out.writeInt(height);
    // 8 bits, true colour, deflate, the one set of filters, not interlaced.
    out.write(new byte[] {8, 2, 0, 0, 0});
    return header.toByteArray();
  }

  private static byte[] packed(int width, int height, int[] pixels) throws IOException {
    var packed = new ByteArrayOutputStream();
    var deflater = new Deflater(Deflater.BEST_SPEED);
    try (var out = new DeflaterOutputStream(packed, deflater)) {
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
    } finally {
      deflater.close();
    }
    return packed.toByteArray();
  }

  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    var sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) sum.getValue());
  }
}

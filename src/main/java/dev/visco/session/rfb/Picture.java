package dev.visco.session.rfb;

import java.util.BitSet;

/** A screen's pixels at one moment. */
public final class Picture {
  private final int width;
  private final int height;
  private final int[] pixels;

  /**
   * @param pixels red, green and blue in the lower 24 bits, row by row; not copied
   */
  Picture(int width, int height, int[] pixels) {
    if (pixels.length != width * height) {
      throw new IllegalArgumentException(
          pixels.length + " pixels are no picture of " + width + "x" + height);
    }
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /** Red, green and blue in the lower 24 bits. */
  public int pixel(int x, int y) {
    return pixels[y * width + x] & 0xffffff;
  }

  /** How many different colours it has; one that has a single colour shows nothing. */
  public int colours() {
    // One bit for each colour that there is: two mebibytes, whatever a guest paints.
    var seen = new BitSet(1 << 24);
    for (int pixel : pixels) {
      seen.set(pixel & 0xffffff);
    }
    return seen.cardinality();
  }

  /** Whether all of it has one colour; stops at the first other one. */
  public boolean isBlank() {
    for (int pixel : pixels) {
      if ((pixel & 0xffffff) != (pixels[0] & 0xffffff)) {
        return false;
      }
    }
    return true;
  }

  /** As a PNG file. */
  public byte[] png() {
    return PngFile.of(width, height, pixels);
  }
}

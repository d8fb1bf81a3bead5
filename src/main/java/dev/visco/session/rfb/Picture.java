package dev.visco.session.rfb;

import java.util.BitSet;

/** A screen's pixels at one moment. */
public final class Picture {
  /** In pixels, each way: X draws its own in 16, themes for fine screens in 48. */
  private static final int MAX_POINTER = 64;

  /** So many fit on any screen: on a very small one little is much. */
  private static final int MIN_POINTERS = 16;

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

  /** How many different colours it has. */
  public int colours() {
    // One bit for each colour that there is: two mebibytes, whatever a guest paints.
    var seen = new BitSet(1 << 24);
    for (int pixel : pixels) {
      seen.set(pixel & 0xffffff);
    }
    return seen.cardinality();
  }

  /**
   * Whether all of it has one colour, but for a pointer. TigerVNC paints its own pointer into what
   * it sends to a viewer that never moved one, also when the viewer offers to draw it
   * (common/rfb/VNCSConnectionST.cxx, needRenderedCursor), and does not tell its size then.
   */
  public boolean isBlank() {
    // A pointer that covers one corner leaves the other one free.
    return isPointerOn(pixel(0, 0)) || isPointerOn(pixel(width - 1, height - 1));
  }

  /** Whether what differs from this colour has a pointer's size at most. */
  private boolean isPointerOn(int background) {
    int left = width;
    int right = -1;
    int top = height;
    int bottom = -1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (pixel(x, y) != background) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = y;
          if (!isPointer(right - left + 1, bottom - top + 1)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private boolean isPointer(int columns, int rows) {
    return columns <= MAX_POINTER
        && rows <= MAX_POINTER
        && (long) columns * rows * MIN_POINTERS <= (long) width * height;
  }

  /** As a PNG file. */
  public byte[] png() {
    return PngFile.of(width, height, pixels);
  }
}

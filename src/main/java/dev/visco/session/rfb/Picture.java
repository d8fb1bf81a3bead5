package dev.visco.session.rfb;

import java.util.BitSet;

/** A screen's pixels at one moment. */
public final class Picture {
  /** Maximum width and height of a pointer in pixels: X's own has 16, themes have up to 48. */
  private static final int MAX_POINTER = 64;

  /** A pointer is recognized only on screens that this many fit on. */
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

  /** Number of different colours. */
  public int colours() {
    // One bit for each possible colour: two mebibytes, whatever a guest paints.
    var seen = new BitSet(1 << 24);
    for (int pixel : pixels) {
      seen.set(pixel & 0xffffff);
    }
    return seen.cardinality();
  }

  /**
   * Whether all of it has one colour, apart from a pointer. TigerVNC paints a pointer into the
   * frames for a viewer that never moved one, even if the viewer offers to draw it itself
   * (common/rfb/VNCSConnectionST.cxx, needRenderedCursor), and does not send its size then.
   */
  public boolean isBlank() {
    // A pointer covers one of these two corners at most.
    return isPointerOn(pixel(0, 0)) || isPointerOn(pixel(width - 1, height - 1));
  }

  /** Whether the pixels of other colours fit into a pointer's size. */
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

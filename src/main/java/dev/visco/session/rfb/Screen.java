package dev.visco.session.rfb;

import java.util.Arrays;
import java.util.BitSet;

/** A screen as far as its pixels have come. */
final class Screen {
  /** As many as a picture of 3840 by 2160 has, and some: 32 MiB. */
  static final int MOST_PIXELS = 1 << 23;

  private final int width;
  private final int height;
  private final int[] pixels;
  private final BitSet covered;

  Screen(int width, int height) {
    this.width = width;
    this.height = height;
    this.pixels = new int[width * height];
    this.covered = new BitSet(pixels.length);
  }

  /** Whether a screen of this size is one that we look at. */
  static boolean isSize(int width, int height) {
    return width > 0 && height > 0 && (long) width * height <= MOST_PIXELS;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  boolean holds(int x, int y, int columns, int rows) {
    return x + columns <= width && y + rows <= height;
  }

  void set(int x, int y, int colour) {
    pixels[y * width + x] = colour;
  }

  void fill(int x, int y, int columns, int rows, int colour) {
    for (int row = y; row < y + rows; row++) {
      Arrays.fill(pixels, row * width + x, row * width + x + columns, colour);
    }
  }

  /** A rectangle has come whole. */
  void cover(int x, int y, int columns, int rows) {
    for (int row = y; row < y + rows; row++) {
      covered.set(row * width + x, row * width + x + columns);
    }
  }

  /** Whether every pixel has come. */
  boolean isWhole() {
    return covered.nextClearBit(0) >= pixels.length;
  }

  Picture picture() {
    return new Picture(width, height, pixels.clone());
  }

  /** Whether nothing has come but one colour, and a pointer on it. */
  boolean isBlank() {
    return new Picture(width, height, pixels).isBlank();
  }
}

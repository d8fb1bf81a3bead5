package dev.visco.session.rfb;

import dev.visco.host.MemoryBudget;
import java.time.Duration;
import java.util.BitSet;

/** A screen whose pixels arrive piece by piece. It holds memory for them and for its picture. */
final class Screen implements AutoCloseable {
  /** A little more than 3840 by 2160; 32 MiB. */
  static final int MAX_PIXELS = 1 << 23;

  /** Heap for each pixel: four bytes for itself, three for a PNG file that cannot be compressed. */
  private static final int BYTES_OF_A_PIXEL = 4 + 3;

  private static final Duration WAIT = Duration.ofSeconds(5);

  private final MemoryBudget.Reservation taken;
  private final int width;
  private final int height;
  private final int[] pixels;
  private final BitSet covered;

  /**
   * @throws dev.visco.host.Busy when there is no memory for it now
   */
  Screen(int width, int height) {
    this.taken =
        MemoryBudget.shared()
            .take(
                "a screen of " + width + "x" + height,
                (long) width * height * BYTES_OF_A_PIXEL,
                WAIT);
    this.width = width;
    this.height = height;
    this.pixels = new int[width * height];
    this.covered = new BitSet(pixels.length);
  }

  /** Whether this size is supported. */
  static boolean isSize(int width, int height) {
    return width > 0 && height > 0 && (long) width * height <= MAX_PIXELS;
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

  /** To be called when a rectangle is complete. */
  void cover(int x, int y, int columns, int rows) {
    for (int row = y; row < y + rows; row++) {
      covered.set(row * width + x, row * width + x + columns);
    }
  }

  /** Whether every pixel has come. */
  boolean isWhole() {
    return covered.nextClearBit(0) >= pixels.length;
  }

  /** Shares the pixels: those that come later appear in it too. */
  Picture picture() {
    return new Picture(width, height, pixels);
  }

  /** Whether it has one colour only so far, apart from a pointer. */
  boolean isBlank() {
    return new Picture(width, height, pixels).isBlank();
  }

  /** Releases the memory; neither it nor its picture may be used afterwards. */
  @Override
  public void close() {
    taken.close();
  }
}

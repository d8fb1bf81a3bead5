package dev.visco.session.rfb;

import dev.visco.host.MemoryBudget;
import java.time.Duration;
import java.util.BitSet;

/** A screen as far as its pixels have come. It holds memory for them and for its picture. */
final class Screen implements AutoCloseable {
  /** As many as a picture of 3840 by 2160 has, and some: 32 MiB. */
  static final int MAX_PIXELS = 1 << 23;

  /** Of the heap: four for the pixel, three for a picture of it that cannot be packed. */
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

  /** Whether a screen of this size is one that we look at. */
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

  /** It shares the pixels: what comes afterwards is seen in it too. */
  Picture picture() {
    return new Picture(width, height, pixels);
  }

  /** Whether nothing has come but one colour, and a pointer on it. */
  boolean isBlank() {
    return new Picture(width, height, pixels).isBlank();
  }

  /** Gives the memory back; neither it nor its picture is of use afterwards. */
  @Override
  public void close() {
    taken.close();
  }
}

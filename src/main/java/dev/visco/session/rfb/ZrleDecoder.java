package dev.visco.session.rfb;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * ZRLE (RFC 6143, 7.7.6): tiles of 64 by 64 in one zlib stream that lasts as long as its session.
 * What is inflated is taken a few kibibytes at a time, so that a rectangle costs no more memory
 * than its pixels, however it was packed.
 */
final class ZrleDecoder implements AutoCloseable {
  private static final int TILE = 64;

  /** Of a pixel: blue, green and red; the fourth byte of our pixel format is left out. */
  private static final int COLOUR_BYTES = 3;

  private final RfbReader in;
  private final Inflater inflater = new Inflater();
  private final byte[] packed = new byte[1 << 13];
  private final byte[] plain = new byte[1 << 14];
  private final int[] palette = new int[128];
  private int packedLeft;
  private int position;
  private int limit;

  ZrleDecoder(RfbReader in) {
    this.in = in;
  }

  /** Reads one rectangle, of which position and size were found to be on the screen. */
  void read(Screen screen, int x, int y, int columns, int rows) throws RfbBroken {
    // Unpacked, a pixel takes three bytes and a tile one more; zlib never makes much more of it.
    packedLeft = in.length(columns * rows * 4 + (1 << 16), "a ZRLE rectangle");
    for (int top = y; top < y + rows; top += TILE) {
      for (int left = x; left < x + columns; left += TILE) {
        in.checkTime();
        tile(screen, left, top, Math.min(TILE, x + columns - left), Math.min(TILE, y + rows - top));
      }
    }
    finish();
  }

  private void tile(Screen screen, int x, int y, int columns, int rows) throws RfbBroken {
    int kind = u8();
    if (kind == 0) {
      for (int at = 0; at < columns * rows; at++) {
        screen.set(x + at % columns, y + at / columns, colour());
      }
    } else if (kind == 1) {
      screen.fill(x, y, columns, rows, colour());
    } else if (kind <= 16) {
      packedPalette(screen, x, y, columns, rows, kind);
    } else if (kind == 128) {
      runs(screen, x, y, columns, rows, 0);
    } else if (kind >= 130) {
      runs(screen, x, y, columns, rows, kind - 128);
    } else {
      throw in.broken("ZRLE has no subencoding " + kind);
    }
  }

  private void readPalette(int size) throws RfbBroken {
    for (int at = 0; at < size; at++) {
      palette[at] = colour();
    }
  }

  private void packedPalette(Screen screen, int x, int y, int columns, int rows, int size)
      throws RfbBroken {
    readPalette(size);
    int bits = size == 2 ? 1 : size <= 4 ? 2 : 4;
    for (int row = 0; row < rows; row++) {
      int held = 0;
      int left = 0;
      for (int column = 0; column < columns; column++) {
        if (left == 0) {
          held = u8();
          left = 8;
        }
        left -= bits;
        screen.set(x + column, y + row, chosen(held >> left & (1 << bits) - 1, size));
      }
    }
  }

  private int chosen(int index, int size) throws RfbBroken {
    if (index >= size) {
      throw in.broken("a ZRLE tile asks for colour " + index + " of a palette of " + size);
    }
    return palette[index];
  }

  /** Plain RLE where there is no palette. */
  private void runs(Screen screen, int x, int y, int columns, int rows, int size) throws RfbBroken {
    readPalette(size);
    int all = columns * rows;
    int done = 0;
    while (done < all) {
      int colour;
      int length = 1;
      if (size == 0) {
        colour = colour();
        length = runLength(all);
      } else {
        int index = u8();
        colour = chosen(index & 127, size);
        length = index > 127 ? runLength(all) : 1;
      }
      if (length > all - done) {
        throw in.broken("a ZRLE run goes beyond its tile");
      }
      for (int last = done + length; done < last; done++) {
        screen.set(x + done % columns, y + done / columns, colour);
      }
    }
  }

  private int runLength(int max) throws RfbBroken {
    int length = 1;
    int more;
    do {
      more = u8();
      length += more;
    } while (more == 255 && length <= max);
    return length;
  }

  private int colour() throws RfbBroken {
    if (limit - position >= COLOUR_BYTES) {
      int colour =
          plain[position] & 255
              | (plain[position + 1] & 255) << 8
              | (plain[position + 2] & 255) << 16;
      position += COLOUR_BYTES;
      return colour;
    }
    return u8() | u8() << 8 | u8() << 16;
  }

  private int u8() throws RfbBroken {
    if (position == limit) {
      if (!inflate()) {
        throw in.broken("a ZRLE rectangle ends before its pixels");
      }
    }
    return plain[position++] & 255;
  }

  /** Whether anything more was in the rectangle. */
  private boolean inflate() throws RfbBroken {
    try {
      while (true) {
        int count = inflater.inflate(plain);
        if (count > 0) {
          position = 0;
          limit = count;
          return true;
        }
        if (inflater.finished() || inflater.needsDictionary()) {
          throw in.broken("the ZRLE stream ended, which lasts as long as its session");
        }
        if (packedLeft == 0) {
          return false;
        }
        int read = in.some(packed, 0, Math.min(packed.length, packedLeft));
        packedLeft -= read;
        inflater.setInput(packed, 0, read);
      }
    } catch (DataFormatException e) {
      throw in.broken("a ZRLE rectangle is no zlib data: " + e.getMessage());
    }
  }

  /** The stream has to have seen all of the rectangle, also what holds no pixel any more. */
  private void finish() throws RfbBroken {
    if (position < limit || inflate()) {
      throw in.broken("a ZRLE rectangle has more than its pixels");
    }
  }

  @Override
  public void close() {
    inflater.close();
  }
}

package dev.visco.session.rfb;

import dev.visco.session.rfb.RfbBroken.RfbStage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A viewer that takes screenshots: RFB 3.8, 3.7 and 3.3 (RFC 6143), with screens that change their
 * size, and uncompressed pixels (Raw, which every server supports: RFC 6143, 7.7.1), since the
 * guest is on the same host. Whatever a server sends, it never waits longer than the given time,
 * and never holds more than one screen of {@value Screen#MAX_PIXELS} pixels.
 */
public final class RfbClient implements AutoCloseable {
  private static final int RAW = 0;
  private static final int DESKTOP_SIZE = -223;

  /** Requested so that servers do not draw the pointer into the frame; Xvnc does it sometimes. */
  private static final int CURSOR = -239;

  private static final int EXTENDED_DESKTOP_SIZE = -308;
  private static final int MAX_CURSOR = 512;
  private static final int MAX_CLIPBOARD = 1 << 24;

  /** A well-behaved server needs one update for a screen, or two if it sends its size first. */
  private static final int MAX_UPDATES = 256;

  private final RfbReader in;
  private final RfbStream out;
  private final RfbGreeting greeting;
  private final String banner;
  private Screen screen;

  private RfbClient(
      RfbReader in, RfbStream out, RfbGreeting greeting, String banner, Screen screen) {
    this.in = in;
    this.out = out;
    this.greeting = greeting;
    this.banner = banner;
    this.screen = screen;
  }

  /**
   * Opens a session.
   *
   * @param password null for none
   * @param max time limit for opening
   * @param onBanner receives the server's first line as soon as it has come
   * @throws dev.visco.host.Busy when there is no memory for its screen now
   */
  public static RfbClient open(
      RfbStream stream, @Nullable VncPassword password, Duration max, Consumer<String> onBanner)
      throws RfbBroken {
    var in = new RfbReader(stream, max);
    var greeting = new RfbGreeting(in, stream);
    String banner = greeting.banner();
    onBanner.accept(banner);
    greeting.authenticate(banner.charAt(banner.length() - 1) - '0', password);
    Screen screen = greeting.screen();
    var client = new RfbClient(in, stream, greeting, banner, screen);
    try {
      client.setUp(List.of(RAW, CURSOR, EXTENDED_DESKTOP_SIZE, DESKTOP_SIZE));
      return client;
    } catch (RfbBroken e) {
      client.close();
      throw e;
    }
  }

  /** The server's first line, without its end. */
  public String banner() {
    return banner;
  }

  /** Sets the pixel format: 32 bits, little-endian, of blue, green, red, and an unused byte. */
  private void setUp(List<Integer> encodings) throws RfbBroken {
    ByteBuffer message = ByteBuffer.allocate(20 + 4 + 4 * encodings.size());
    message.put((byte) 0).put(new byte[3]);
    message.put((byte) 32).put((byte) 24).put((byte) 0).put((byte) 1);
    message.putShort((short) 255).putShort((short) 255).putShort((short) 255);
    message.put((byte) 16).put((byte) 8).put((byte) 0).put(new byte[3]);
    message.put((byte) 2).put((byte) 0).putShort((short) encodings.size());
    encodings.forEach(message::putInt);
    send(message);
  }

  /**
   * Waits for a complete frame that is not blank. The picture is valid until this client is closed
   * or another one is requested.
   *
   * @param max time limit, after which a blank frame is returned
   */
  public Picture picture(Duration max) throws RfbBroken {
    in.within(max);
    in.expect(RfbStage.FRAME);
    request(false);
    int updates = 0;
    while (!screen.isWhole()) {
      if (updates++ == MAX_UPDATES) {
        throw in.broken("after " + MAX_UPDATES + " updates there are still pixels missing");
      }
      Screen before = screen;
      message();
      if (!screen.isWhole()) {
        // Xvnc answers a full request with its size alone, and sends the pixels with the next
        // incremental one; so full requests could be answered without pixels forever.
        request(screen == before);
      }
    }
    return painted();
  }

  private Picture painted() throws RfbBroken {
    try {
      Screen before = screen;
      while (screen.isBlank() || !screen.isWhole()) {
        request(screen == before);
        before = screen;
        message();
      }
    } catch (RfbBroken e) {
      if (!screen.isWhole()) {
        throw e;
      }
    }
    return screen.picture();
  }

  private void request(boolean isIncremental) throws RfbBroken {
    send(
        ByteBuffer.allocate(10)
            .put((byte) 3)
            .put((byte) (isIncremental ? 1 : 0))
            .putShort((short) 0)
            .putShort((short) 0)
            .putShort((short) screen.width())
            .putShort((short) screen.height()));
  }

  /** Reads messages until one was an update. */
  private void message() throws RfbBroken {
    while (true) {
      int type = in.u8();
      switch (type) {
        case 0 -> {
          update();
          return;
        }
        case 1 -> {
          in.skip(3);
          in.skip(6 * in.u16());
        }
        case 2 -> {}
        case 3 -> {
          in.skip(3);
          in.skip(in.length(MAX_CLIPBOARD, "a clipboard"));
        }
        default -> throw in.broken("a server has no message of type " + type);
      }
    }
  }

  private void update() throws RfbBroken {
    in.skip(1);
    int rectangles = in.u16();
    for (int at = 0; at < rectangles; at++) {
      rectangle(in.u16(), in.u16(), in.u16(), in.u16(), in.s32());
    }
  }

  private void rectangle(int x, int y, int columns, int rows, int encoding) throws RfbBroken {
    in.checkTime();
    switch (encoding) {
      case RAW -> {
        inside(x, y, columns, rows);
        raw(x, y, columns, rows);
      }
      case CURSOR -> {
        if (columns > MAX_CURSOR || rows > MAX_CURSOR) {
          throw in.broken("a cursor of " + columns + "x" + rows);
        }
        in.skip(columns * rows * 4 + (columns + 7) / 8 * rows);
      }
      case DESKTOP_SIZE -> resize(columns, rows);
      case EXTENDED_DESKTOP_SIZE -> {
        int screens = in.u8();
        in.skip(3 + 16 * screens);
        // y is an error code here if another client's request for a new size was refused.
        if (y == 0) {
          resize(columns, rows);
        }
      }
      default ->
          throw in.broken("a rectangle in encoding " + encoding + ", which was not asked for");
    }
  }

  private void inside(int x, int y, int columns, int rows) throws RfbBroken {
    if (!screen.holds(x, y, columns, rows)) {
      throw in.broken(
          "a rectangle of "
              + columns
              + "x"
              + rows
              + " at "
              + x
              + ","
              + y
              + " is not on a screen of "
              + screen.width()
              + "x"
              + screen.height());
    }
  }

  private void raw(int x, int y, int columns, int rows) throws RfbBroken {
    byte[] row = new byte[4 * columns];
    for (int line = y; line < y + rows; line++) {
      in.read(row, 0, row.length);
      for (int at = 0; at < columns; at++) {
        screen.set(
            x + at,
            line,
            row[4 * at] & 255 | (row[4 * at + 1] & 255) << 8 | (row[4 * at + 2] & 255) << 16);
      }
    }
    screen.cover(x, y, columns, rows);
  }

  private void resize(int width, int height) throws RfbBroken {
    if (width != screen.width() || height != screen.height()) {
      screen.close(); // Before the next one is made: never hold the memory of two.
      screen = greeting.sized(width, height);
    }
  }

  private void send(ByteBuffer message) throws RfbBroken {
    try {
      out.write(message.array());
    } catch (IOException e) {
      throw in.broken(e);
    }
  }

  @Override
  public void close() {
    screen.close();
  }
}

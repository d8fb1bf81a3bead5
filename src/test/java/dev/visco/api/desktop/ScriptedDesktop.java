package dev.visco.api.desktop;

import dev.visco.session.rfb.RfbGuest;
import dev.visco.session.rfb.VncPassword;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A guest's VNC server as a test wants it (RFC 6143): one colour with a white square in its upper
 * left corner, and a list of what viewers have sent. It takes any number of viewers, lets them
 * resize it, and knows QEMU's key events.
 */
final class ScriptedDesktop implements AutoCloseable {
  /** The edge of the white square, in pixels. */
  static final int SQUARE = 40;

  private static final int EXTENDED_DESKTOP_SIZE = -308;
  private static final int QEMU_KEYS = -258;

  /** What a viewer sent. */
  sealed interface Sent {
    /**
     * A key.
     *
     * @param scancode of QEMU's key event, 0 for a plain one
     */
    record Key(boolean isDown, int keysym, int scancode) implements Sent {}

    /** Where the pointer is, and which of its buttons are down. */
    record Pointer(int buttons, int x, int y) implements Sent {}

    /** Text for the clipboard. */
    record Cut(String text) implements Sent {}

    /** A size that the desktop shall have. */
    record Resize(int width, int height) implements Sent {}
  }

  final RfbGuest guest;
  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private final Set<Viewer> viewers = ConcurrentHashMap.newKeySet();
  private int width = 800;
  private int height = 600;
  private int colour = 0x2060a0;

  ScriptedDesktop(VncPassword password) {
    guest =
        RfbGuest.start(
            password,
            connection -> {
              connection.authenticate(password);
              new Viewer(connection).serve();
            });
  }

  List<Sent> sent() {
    return List.copyOf(sent);
  }

  /** How many are looking. */
  int viewers() {
    return viewers.size();
  }

  synchronized String size() {
    return width + "x" + height;
  }

  /** Everything but the square becomes this colour, as 0xRRGGBB. */
  synchronized void paint(int rgb) {
    colour = rgb;
    viewers.forEach(Viewer::changed);
  }

  /** Puts Latin-1 text on every viewer's clipboard. */
  void copy(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    viewers.forEach(viewer ->
        viewer.send(out -> {
          out.write(new byte[] {3, 0, 0, 0});
          out.writeInt(bytes.length);
          out.write(bytes);
        }));
  }

  /** Cuts every connection, as a VNC server that dies does. */
  void hangUp() {
    viewers.forEach(Viewer::close);
  }

  @Override
  public void close() {
    guest.close();
  }

  private synchronized void resize(int wantedWidth, int wantedHeight) {
    width = wantedWidth;
    height = wantedHeight;
    viewers.forEach(Viewer::resized);
  }

  /** What is written to a viewer in one piece. */
  private interface Message {
    void to(DataOutputStream out) throws IOException;
  }

  /** One connection. */
  private final class Viewer {
    private final DataInputStream in;
    private final DataOutputStream out;
    private boolean isAsked;
    private boolean isChanged = true;
    private boolean isResizable;
    private int resizeReason;
    private int[] shifts = {16, 8, 0};

    Viewer(RfbGuest.Connection connection) {
      in = connection.in;
      out = connection.out;
    }

    void serve() throws IOException {
      in.readByte(); // ClientInit
      init();
      viewers.add(this);
      try {
        for (int type = in.read(); type >= 0; type = in.read()) {
          message(type);
        }
      } finally {
        viewers.remove(this);
      }
    }

    void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void init() throws IOException {
      synchronized (ScriptedDesktop.this) {
        out.writeShort(width);
        out.writeShort(height);
      }
      out.write(new byte[] {32, 24, 0, 1, 0, -1, 0, -1, 0, -1, 16, 8, 0, 0, 0, 0});
      byte[] name = "scripted".getBytes(StandardCharsets.US_ASCII);
      out.writeInt(name.length);
      out.write(name);
    }

    private void message(int type) throws IOException {
      switch (type) {
        case 0 -> {
          byte[] format = in.readNBytes(19);
          shifts = new int[] {format[13], format[14], format[15]};
        }
        case 2 -> encodings();
        case 3 -> {
          boolean isWhole = in.readByte() == 0;
          in.skipNBytes(8);
          ask(isWhole);
        }
        case 4 -> {
          boolean isDown = in.readByte() != 0;
          in.skipNBytes(2);
          sent.add(new Sent.Key(isDown, in.readInt(), 0));
        }
        case 5 ->
            sent.add(
                new Sent.Pointer(
                    in.readUnsignedByte(), in.readUnsignedShort(), in.readUnsignedShort()));
        case 6 -> {
          in.skipNBytes(3);
          sent.add(
              new Sent.Cut(new String(in.readNBytes(in.readInt()), StandardCharsets.ISO_8859_1)));
        }
        case 251 -> {
          in.skipNBytes(1);
          var wanted = new Sent.Resize(in.readUnsignedShort(), in.readUnsignedShort());
          int screens = in.readUnsignedByte();
          in.skipNBytes(1 + 16L * screens);
          sent.add(wanted);
          resizeReason = 1;
          resize(wanted.width(), wanted.height());
        }
        case 255 -> {
          in.skipNBytes(1);
          boolean isDown = in.readUnsignedShort() != 0;
          sent.add(new Sent.Key(isDown, in.readInt(), in.readInt()));
        }
        default -> throw new EOFException("a message of type " + type);
      }
    }

    private void encodings() throws IOException {
      in.skipNBytes(1);
      var known = new ArrayList<Integer>();
      for (int left = in.readUnsignedShort(); left > 0; left--) {
        known.add(in.readInt());
      }
      if (known.contains(QEMU_KEYS)) {
        send(update -> rectangles(update, () -> rectangle(update, 0, 0, 0, 0, QEMU_KEYS)));
      }
      if (known.contains(EXTENDED_DESKTOP_SIZE) && !isResizable) {
        isResizable = true;
        resized();
      }
    }

    private void rectangles(DataOutputStream update, Rectangles one) throws IOException {
      update.write(new byte[] {0, 0});
      update.writeShort(1);
      one.write();
    }

    private static void rectangle(
        DataOutputStream update, int x, int y, int width, int height, int encoding)
        throws IOException {
      update.writeShort(x);
      update.writeShort(y);
      update.writeShort(width);
      update.writeShort(height);
      update.writeInt(encoding);
    }

    void resized() {
      if (!isResizable) {
        return;
      }
      int reason = resizeReason;
      resizeReason = 0;
      send(update ->
          rectangles(
              update,
              () -> {
                rectangle(update, reason, 0, width, height, EXTENDED_DESKTOP_SIZE);
                update.write(new byte[] {1, 0, 0, 0});
                update.writeInt(1);
                update.writeShort(0);
                update.writeShort(0);
                update.writeShort(width);
                update.writeShort(height);
                update.writeInt(0);
              }));
      changed();
    }

    private void ask(boolean isWhole) {
      synchronized (ScriptedDesktop.this) {
        isAsked = true;
        isChanged |= isWhole;
        update();
      }
    }

    void changed() {
      synchronized (ScriptedDesktop.this) {
        isChanged = true;
        update();
      }
    }

    private void update() {
      if (isAsked && isChanged) {
        isAsked = false;
        isChanged = false;
        send(update ->
            rectangles(
                update,
                () -> {
                  rectangle(update, 0, 0, width, height, 0);
                  update.write(pixels());
                }));
      }
    }

    private byte[] pixels() {
      byte[] pixels = new byte[width * height * 4];
      for (int at = 0; at < width * height; at++) {
        boolean isSquare = at % width < SQUARE && at / width < SQUARE;
        int rgb = isSquare ? 0xffffff : colour;
        int value =
            (rgb >> 16 & 255) << shifts[0]
                | (rgb >> 8 & 255) << shifts[1]
                | (rgb & 255) << shifts[2];
        for (int part = 0; part < 4; part++) {
          pixels[4 * at + part] = (byte) (value >> 8 * part);
        }
      }
      return pixels;
    }

    void send(Message message) {
      var bytes = new ByteArrayOutputStream();
      try {
        synchronized (ScriptedDesktop.this) {
          message.to(new DataOutputStream(bytes));
          out.write(bytes.toByteArray());
          out.flush();
        }
      } catch (IOException e) {
        close();
      }
    }
  }

  private interface Rectangles {
    void write() throws IOException;
  }
}

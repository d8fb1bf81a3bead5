package dev.visco.session.rfb;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The bytes of an RFB server, put together one field after the other, and read in odd pieces. */
final class ScriptedServer implements RfbStream {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(said);
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private boolean ends = true;
  private int position;

  /** As far as a screen of this size, without a password. */
  static ScriptedServer greeting(int width, int height) {
    return new ScriptedServer().text("RFB 003.008\n").bytes(1, 1).s32(0).screen(width, height);
  }

  ScriptedServer screen(int width, int height) {
    return u16(width).u16(height).bytes(new int[16]).s32(4).text("test");
  }

  ScriptedServer text(String text) {
    return raw(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  ScriptedServer bytes(int... bytes) {
    for (int one : bytes) {
      said.write(one);
    }
    return this;
  }

  ScriptedServer raw(byte[] bytes) {
    said.writeBytes(bytes);
    return this;
  }

  ScriptedServer u16(int value) {
    return bytes(value >> 8, value);
  }

  ScriptedServer s32(int value) {
    try {
      out.writeInt(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** An update of so many rectangles. */
  ScriptedServer update(int rectangles) {
    return bytes(0, 0).u16(rectangles);
  }

  ScriptedServer rectangle(int x, int y, int columns, int rows, int encoding) {
    return u16(x).u16(y).u16(columns).u16(rows).s32(encoding);
  }

  /** Says nothing more, without an end. */
  ScriptedServer thenSilent() {
    ends = false;
    return this;
  }

  byte[] said() {
    return said.toByteArray();
  }

  /** What the client sent. */
  byte[] heard() {
    return heard.toByteArray();
  }

  @Override
  public int read(byte[] buffer, int offset, int length, Duration max) throws IOException {
    byte[] all = said.toByteArray();
    if (position == all.length) {
      if (ends) {
        return -1;
      }
      try {
        Thread.sleep(max);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new SocketTimeoutException("silent");
    }
    int count = Math.min(Math.min(length, 1 + position % 7), all.length - position);
    System.arraycopy(all, position, buffer, offset, count);
    position += count;
    return count;
  }

  @Override
  public void write(byte[] bytes) {
    heard.writeBytes(bytes);
  }
}

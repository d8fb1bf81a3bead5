package dev.visco.session.rfb;

import dev.visco.session.rfb.RfbBroken.RfbStage;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads what a server sends, in network byte order, until a deadline. It holds only its fixed
 * buffer, whatever lengths the server sends.
 */
final class RfbReader {
  private final RfbStream stream;
  private final byte[] buffer = new byte[1 << 14];
  private int position;
  private int limit;
  private long end;
  private RfbStage stage = RfbStage.BANNER;

  RfbReader(RfbStream stream, Duration max) {
    this.stream = stream;
    within(max);
  }

  /** Sets the deadline for all further reads, from now on. */
  void within(Duration max) {
    end = System.nanoTime() + max.toNanos();
  }

  /** Sets what is expected next, for the message of a failure. */
  void expect(RfbStage next) {
    stage = next;
  }

  RfbBroken broken(String message) {
    return new RfbBroken(stage, message);
  }

  RfbBroken broken(IOException cause) {
    return new RfbBroken(stage, "the connection broke: " + cause.getMessage(), cause);
  }

  /**
   * Throws after the deadline; for work that does not read, since few bytes may mean many pixels.
   */
  void checkTime() throws RfbBroken {
    if (System.nanoTime() - end >= 0) {
      throw late();
    }
  }

  private RfbBroken late() {
    return broken("nothing more came in time");
  }

  private void fill() throws RfbBroken {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw late();
    }
    int count;
    try {
      count = stream.read(buffer, 0, buffer.length, Duration.ofNanos(left));
    } catch (SocketTimeoutException e) {
      throw late();
    } catch (IOException e) {
      throw broken(e);
    }
    if (count < 0) {
      throw broken("the server ended the connection");
    }
    position = 0;
    limit = count;
  }

  int u8() throws RfbBroken {
    if (position == limit) {
      fill();
    }
    return buffer[position++] & 255;
  }

  int u16() throws RfbBroken {
    return u8() << 8 | u8();
  }

  int s32() throws RfbBroken {
    return u16() << 16 | u16();
  }

  /**
   * Reads a length.
   *
   * @param max maximum; a greater length is refused
   */
  int length(int max, String what) throws RfbBroken {
    int length = s32();
    if (length < 0 || length > max) {
      throw broken(what + " of " + Integer.toUnsignedString(length) + " bytes is more than " + max);
    }
    return length;
  }

  void read(byte[] into, int offset, int length) throws RfbBroken {
    int done = 0;
    while (done < length) {
      done += some(into, offset + done, length - done);
    }
  }

  /** Reads what is available, at least one byte and at most {@code length}. */
  private int some(byte[] into, int offset, int length) throws RfbBroken {
    if (position == limit) {
      fill();
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, into, offset, count);
    position += count;
    return count;
  }

  void skip(int length) throws RfbBroken {
    int left = length;
    while (left > 0) {
      if (position == limit) {
        fill();
      }
      int count = Math.min(left, limit - position);
      position += count;
      left -= count;
    }
  }

  /** Reads a text of the server, of which only the first few hundred bytes are kept. */
  String text(int length) throws RfbBroken {
    byte[] bytes = new byte[Math.min(length, 256)];
    read(bytes, 0, bytes.length);
    skip(length - bytes.length);
    return new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ").strip();
  }
}

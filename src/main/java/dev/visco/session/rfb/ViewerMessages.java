package dev.visco.session.rfb;

import java.nio.ByteBuffer;

/**
 * Filters what a viewer sends after its handshake, message by message (RFC 6143, 7.5, and
 * extensions in rfbproto), in any pieces. Unknown types and messages that are too long are refused;
 * messages that a view-only viewer may not send are removed. It holds a message's head at most.
 */
public final class ViewerMessages {
  /** Maximum size of the clipboard in one message, in bytes; TigerVNC accepts a quarter of it. */
  public static final int MAX_TEXT = 1 << 20;

  /** Maximum number of encodings that a viewer may list. */
  private static final int MAX_ENCODINGS = 1024;

  /** Maximum number of a viewer's screens. */
  private static final int MAX_SCREENS = 64;

  private static final int MAX_FENCE = 64;
  private static final int MAX_HEAD = 20;

  /** Pseudo-encoding of pointer events with nine buttons, which are a byte longer. */
  private static final int EXTENDED_MOUSE_BUTTONS = -316;

  private final boolean viewOnly;
  private final byte[] head = new byte[MAX_HEAD];
  private int count;
  private int left;
  private boolean passes;
  private boolean isEncodings;
  private int encoding;
  private boolean hasMoreButtons;
  private long messages;
  private long inputs;

  /**
   * @param viewOnly whether messages of keys, pointer, clipboard, size and power are removed
   */
  public ViewerMessages(boolean viewOnly) {
    this.viewOnly = viewOnly;
  }

  /** Number of messages so far. */
  public long messages() {
    return messages;
  }

  /** Number of messages so far that are a person's input: keys, pointer, clipboard. */
  public long inputs() {
    return inputs;
  }

  /**
   * Reads all of {@code in}.
   *
   * @return the bytes to send to the server, perhaps none; at most those in {@code in} and a head
   *     that came before
   */
  public ByteBuffer accept(ByteBuffer in) throws ViewerFault {
    ByteBuffer out = ByteBuffer.allocate(in.remaining() + MAX_HEAD);
    while (in.hasRemaining()) {
      if (left > 0) {
        body(in, out);
      } else {
        head[count++] = in.get();
        if (count == headLength()) {
          begin(out);
        }
      }
    }
    return out.flip();
  }

  /** Length of the message's head, as far as its bytes so far determine it; always positive. */
  private int headLength() throws ViewerFault {
    int type = head[0] & 255;
    return switch (type) {
      case 0 -> 20; // SetPixelFormat
      case 2 -> 4; // SetEncodings
      case 3 -> 10; // FramebufferUpdateRequest
      case 4 -> 8; // KeyEvent
      case 5 -> count > 1 && hasMoreButtons && head[1] < 0 ? 7 : 6; // PointerEvent
      case 6 -> 8; // ClientCutText
      case 150 -> 10; // EnableContinuousUpdates
      case 248 -> 9; // ClientFence
      case 250 -> 4; // xvp
      case 251 -> 8; // SetDesktopSize
      case 255 -> qemuLength();
      default -> throw new ViewerFault("message type " + type + " is not known");
    };
  }

  private int qemuLength() throws ViewerFault {
    if (count > 1 && head[1] != 0) {
      throw new ViewerFault("QEMU message " + (head[1] & 255) + " is not known");
    }
    return 12; // QEMU Extended Key Event
  }

  private void begin(ByteBuffer out) throws ViewerFault {
    int type = head[0] & 255;
    messages++;
    isEncodings = type == 2;
    left = bodyLength(type);
    boolean isInput = isInput(type);
    if (isInput) {
      inputs++;
    }
    passes = !(viewOnly && isInput);
    if (isEncodings) {
      hasMoreButtons = false;
    }
    if (passes) {
      out.put(head, 0, count);
    }
    count = 0;
  }

  private static boolean isInput(int type) {
    return switch (type) {
      case 4, 5, 6, 250, 251, 255 -> true;
      default -> false;
    };
  }

  private int bodyLength(int type) throws ViewerFault {
    return switch (type) {
      case 2 -> 4 * bounded("encodings", ByteBuffer.wrap(head).getShort(2) & 0xffff, MAX_ENCODINGS);
      case 6 -> {
        // A negative length means the extended clipboard, with that many bytes.
        long length = Math.abs((long) ByteBuffer.wrap(head).getInt(4));
        yield bounded("bytes of clipboard", length, MAX_TEXT);
      }
      case 248 -> bounded("bytes of a fence", head[8] & 255, MAX_FENCE);
      case 251 -> 16 * bounded("screens", head[6] & 255, MAX_SCREENS);
      default -> 0;
    };
  }

  private static int bounded(String what, long number, int max) throws ViewerFault {
    if (number > max) {
      throw new ViewerFault(number + " " + what + " are more than " + max);
    }
    return (int) number;
  }

  private void body(ByteBuffer in, ByteBuffer out) {
    int length = Math.min(left, in.remaining());
    ByteBuffer part = in.slice(in.position(), length);
    if (isEncodings) {
      encodings(part.duplicate());
    }
    if (passes) {
      out.put(part);
    }
    in.position(in.position() + length);
    left -= length;
  }

  /** Reads encodings of four bytes each; the length left of the body tells where each one ends. */
  private void encodings(ByteBuffer part) {
    int after = left;
    while (part.hasRemaining()) {
      encoding = encoding << 8 | part.get() & 255;
      after--;
      if (after % 4 == 0 && encoding == EXTENDED_MOUSE_BUTTONS) {
        hasMoreButtons = true;
      }
    }
  }
}

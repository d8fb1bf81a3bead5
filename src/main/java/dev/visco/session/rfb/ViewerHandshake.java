package dev.visco.session.rfb;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A server's side of the RFB handshake (RFC 6143, 7.1 to 7.3.1), for a viewer that is already
 * authenticated, so that the only security type is None. Accepts the viewer's bytes in any pieces.
 */
public final class ViewerHandshake {
  private static final byte NONE = 1;
  private final byte[] said = new byte[RfbVersion.LENGTH];
  private int count;
  private RfbVersion version = RfbVersion.V3_8;
  private HandshakeState state = HandshakeState.VERSION;

  private enum HandshakeState {
    VERSION,
    SECURITY,
    INIT,
    DONE
  }

  /** The server's first line. */
  public byte[] greeting() {
    return RfbVersion.V3_8.line();
  }

  /** Whether ClientInit has come. */
  public boolean isDone() {
    return state == HandshakeState.DONE;
  }

  /**
   * Reads the handshake's bytes; what is left in {@code in} once it is done are messages.
   *
   * @return the answer to send; empty for none
   */
  public byte[] accept(ByteBuffer in) throws ViewerFault {
    var answer = new ByteArrayOutputStream();
    while (in.hasRemaining() && state != HandshakeState.DONE) {
      byte next = in.get();
      switch (state) {
        case VERSION -> version(next, answer);
        case SECURITY -> security(next, answer);
        // The flag for an exclusive session is ignored: a viewer may not end another one's view.
        case INIT -> state = HandshakeState.DONE;
        case DONE -> throw new IllegalStateException("the handshake is over");
      }
    }
    return answer.toByteArray();
  }

  private void version(byte next, ByteArrayOutputStream answer) throws ViewerFault {
    said[count++] = next;
    if (count < said.length) {
      return;
    }
    version =
        RfbVersion.spokenWith(said)
            .orElseThrow(() ->
                new ViewerFault(
                    "\""
                        + new String(said, StandardCharsets.ISO_8859_1)
                            .replaceAll("[^ -~]+", " ")
                            .strip()
                        + "\" is no version of RFB"));
    if (version == RfbVersion.V3_3) {
      answer.writeBytes(new byte[] {0, 0, 0, NONE});
      state = HandshakeState.INIT;
    } else {
      answer.writeBytes(new byte[] {1, NONE});
      state = HandshakeState.SECURITY;
    }
  }

  private void security(byte next, ByteArrayOutputStream answer) throws ViewerFault {
    if (next != NONE) {
      throw new ViewerFault("security type " + (next & 255) + " was not offered");
    }
    if (version == RfbVersion.V3_8) {
      answer.writeBytes(new byte[4]);
    }
    state = HandshakeState.INIT;
  }
}

package dev.visco.session.rfb;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A server's side of RFB's handshake (RFC 6143, 7.1 to 7.3.1) towards a viewer that has shown
 * already who it is: the only security type is None. Takes the viewer's bytes in whatever pieces
 * they come.
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

  /** What the server says first. */
  public byte[] greeting() {
    return RfbVersion.V3_8.line();
  }

  /** Whether ClientInit has come. */
  public boolean isDone() {
    return state == HandshakeState.DONE;
  }

  /**
   * Takes what belongs to the handshake; what is left in {@code in} once it is done are messages.
   *
   * @return what to answer, empty for nothing
   */
  public byte[] accept(ByteBuffer in) throws ViewerFault {
    var answer = new ByteArrayOutputStream();
    while (in.hasRemaining() && state != HandshakeState.DONE) {
      byte next = in.get();
      switch (state) {
        case VERSION -> version(next, answer);
        case SECURITY -> security(next, answer);
        // Whether it wants the desktop for itself: others' views are not its to end.
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

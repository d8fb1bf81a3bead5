package dev.visco.session.rfb;

import dev.visco.model.GuestText;

/** An RFB session failed; the stage says what was expected next. */
public final class RfbBroken extends Exception {
  private static final long serialVersionUID = 1;

  /** What was expected next, in the order of a session. */
  public enum RfbStage {
    /** The server's first line. */
    BANNER,
    /** The server's security types. */
    SECURITY,
    /** Its answer to the password. */
    PASSWORD,
    /** The screen's size and name. */
    SCREEN,
    /** Pixels. */
    FRAME
  }

  private static final int MAX_MESSAGE = 1000;
  private final RfbStage stage;

  RfbBroken(RfbStage stage, String message) {
    super(GuestText.line(message, MAX_MESSAGE).value());
    this.stage = stage;
  }

  RfbBroken(RfbStage stage, String message, Throwable cause) {
    super(GuestText.line(message, MAX_MESSAGE).value(), cause);
    this.stage = stage;
  }

  public RfbStage stage() {
    return stage;
  }
}

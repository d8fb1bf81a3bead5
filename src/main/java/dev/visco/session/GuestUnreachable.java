package dev.visco.session;

import dev.visco.model.GuestText;
import org.jspecify.annotations.Nullable;

/** The guest's sshd did not let us in; the reason says how far we came. */
public final class GuestUnreachable extends Exception {
  private static final long serialVersionUID = 1L;

  /** How far a connection came. */
  public enum GuestStage {
    /** The host knows no way to the address, or nobody there answers ARP. */
    NO_ROUTE,
    /** Nobody answered in time. */
    NO_ANSWER,
    /** The guest's own kernel refused: its network is up, its sshd is not. */
    PORT_CLOSED,
    /** Somebody took the connection and said nothing. */
    NO_BANNER,
    /** Whoever answers is not this VM. */
    WRONG_HOST_KEY,
    /** The guest has proven who it is, and does not want our key. */
    KEY_REFUSED,
    /** It spoke and broke off, was too slow, or is no sshd. */
    BROKEN
  }

  private static final int MAX_MESSAGE = 1000;
  private final GuestStage stage;

  public GuestUnreachable(GuestStage stage, String message, @Nullable Throwable cause) {
    super(GuestText.line(message, MAX_MESSAGE).value(), cause);
    this.stage = stage;
  }

  public GuestStage stage() {
    return stage;
  }
}

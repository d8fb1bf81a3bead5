package dev.visco.session;

/** The guest's sshd did not let us in; the reason says how far we came. */
public final class GuestUnreachable extends Exception {
  private static final long serialVersionUID = 1L;

  /** How far a connection came. */
  public enum Stage {
    NO_ROUTE,
    NO_ANSWER,
    PORT_CLOSED,
    NO_BANNER,
    WRONG_HOST_KEY,
    KEY_REFUSED,
    BROKEN
  }

  private final Stage stage;

  public GuestUnreachable(Stage stage, String message, Throwable cause) {
    super(message, cause);
    this.stage = stage;
  }

  public Stage stage() {
    return stage;
  }
}

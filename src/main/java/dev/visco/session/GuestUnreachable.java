package dev.visco.session;

import dev.visco.model.GuestText;
import org.jspecify.annotations.Nullable;

/** No session with the guest's sshd; the stage says how far it came, the message why. */
public final class GuestUnreachable extends Exception {
  private static final long serialVersionUID = 1L;

  /** How far a connection came. */
  public enum GuestStage {
    /** The host has no route to the address, or no answer to ARP. */
    NO_ROUTE,
    /** No answer in time. */
    NO_ANSWER,
    /** The guest's kernel refused the connection: its network is up, its sshd is not. */
    PORT_CLOSED,
    /** The connection was accepted, and nothing was sent. */
    NO_BANNER,
    /** The host key is not this VM's. */
    WRONG_HOST_KEY,
    /** The host key is this VM's, but its sshd does not accept the VM's key. */
    KEY_REFUSED,
    /** It sent something and then broke off, was too slow, or is no sshd. */
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

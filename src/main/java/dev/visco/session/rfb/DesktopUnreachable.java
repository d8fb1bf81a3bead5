package dev.visco.session.rfb;

import dev.visco.model.GuestText;
import org.jspecify.annotations.Nullable;

/** No connection to a guest's desktop; the stage says how far it came, the message why. */
public final class DesktopUnreachable extends Exception {
  private static final long serialVersionUID = 1L;

  /** How far a connection came. */
  public enum DesktopStage {
    /** The host has no route to the address, or no answer to ARP. */
    NO_ROUTE("no-route"),
    /** No answer in time: packets to the port are dropped, or the guest hangs. */
    FILTERED("filtered"),
    /** The guest's kernel refused the connection: its network is up, its VNC server is not. */
    PORT_CLOSED("port-closed"),
    /** The connection was accepted, and nothing was sent. */
    SILENT("silent"),
    /** What answers does not speak RFB. */
    NOT_RFB("not-rfb"),
    /** The server refuses the connection, and says why. */
    REFUSED("refused"),
    /** The server offers no security type that Visco knows. */
    NO_COMMON_SECURITY("no-common-security"),
    /** The server does not accept the VM's password. */
    PASSWORD_REFUSED("password-refused"),
    /** A text of the server is too long. */
    ENDLESS("endless"),
    /** The server sent something and then broke off, or was too slow. */
    BROKEN("broken");

    private final String word;

    DesktopStage(String word) {
      this.word = word;
    }

    /** For programs to read. */
    public String word() {
      return word;
    }
  }

  private static final int MAX_MESSAGE = 1000;
  private final DesktopStage stage;

  public DesktopUnreachable(DesktopStage stage, String message, @Nullable Throwable cause) {
    super(GuestText.line(message, MAX_MESSAGE).value(), cause);
    this.stage = stage;
  }

  DesktopUnreachable(DesktopStage stage, String message) {
    this(stage, message, null);
  }

  public DesktopStage stage() {
    return stage;
  }
}

package dev.visco.session.rfb;

import dev.visco.model.GuestText;
import org.jspecify.annotations.Nullable;

/** A guest's desktop did not let us in; the stage says how far we came, the message why. */
public final class DesktopUnreachable extends Exception {
  private static final long serialVersionUID = 1L;

  /** How far a connection came. */
  public enum DesktopStage {
    /** The host knows no way to the address, or nobody there answers ARP. */
    NO_ROUTE("no-route"),
    /** Nobody answered in time: what goes to the port is dropped on its way, or the guest hangs. */
    FILTERED("filtered"),
    /** The guest's own kernel refused: its network is up, its VNC server is not. */
    PORT_CLOSED("port-closed"),
    /** Somebody took the connection and said nothing. */
    SILENT("silent"),
    /** What answers does not speak RFB. */
    NOT_RFB("not-rfb"),
    /** The server wants no connection from us now, and says why. */
    REFUSED("refused"),
    /** It offers no way to authenticate that we know. */
    NO_COMMON_SECURITY("no-common-security"),
    /** It does not take the VM's password. */
    PASSWORD_REFUSED("password-refused"),
    /** What it says has no end. */
    ENDLESS("endless"),
    /** It spoke and broke off, or was too slow. */
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

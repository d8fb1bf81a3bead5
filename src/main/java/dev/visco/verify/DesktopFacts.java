package dev.visco.verify;

import dev.visco.model.GuestText;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of one probe of a guest's desktop, made through Visco's WebSocket as a viewer's
 * browser does.
 *
 * @param upgrade HTTP status of the answer to the WebSocket's upgrade; 0 when nothing answered
 * @param banner the first line of the guest's VNC server, like {@code RFB 003.008}; null when none
 *     came
 * @param picture the first complete frame; null when none came
 * @param stage how far the probe came
 * @param why what is missing, in a sentence; null when nothing is
 */
public record DesktopFacts(
    int upgrade,
    @Nullable String banner,
    @Nullable Frame picture,
    ProbeStage stage,
    @Nullable String why) {

  public DesktopFacts {
    banner = banner == null ? null : GuestText.line(banner).value();
    why = why == null ? null : GuestText.line(why, MAX_WHY).value();
  }

  private static final int MAX_WHY = 1000;

  /** How far a probe came, in the order of its steps. */
  public enum ProbeStage {
    /** Visco's WebSocket was not opened. */
    NO_UPGRADE,
    /** Nothing answered at the desktop's port in time: the guest is not up, or drops packets. */
    NO_ANSWER,
    /** The guest's kernel refused the connection: its network is up, its VNC server is not. */
    PORT_CLOSED,
    /** The connection was accepted, but by no VNC server, or by one that sent nothing. */
    NO_BANNER,
    /** The VNC server does not accept the VM's password. */
    PASSWORD_REFUSED,
    /** The VNC server greeted, but no complete frame came. */
    NO_FRAME,
    /** A complete frame came that has one colour only, apart from a pointer. */
    BLANK,
    /** A desktop was seen. */
    SEEN
  }

  /**
   * A frame of a desktop.
   *
   * @param width in pixels
   * @param height in pixels
   * @param colours number of different colours, without those of a pointer on an empty screen; a
   *     frame with one colour is blank
   */
  public record Frame(int width, int height, int colours) {
    public boolean isBlank() {
      return colours < 2;
    }

    /** Like {@code 1024x768, 213 colours}. */
    public String text() {
      return width + "x" + height + ", " + colours + (colours == 1 ? " colour" : " colours");
    }
  }

  public Optional<Frame> frame() {
    return Optional.ofNullable(picture);
  }

  /** Whether a complete frame was seen that is not blank. */
  public boolean isSeen() {
    return stage == ProbeStage.SEEN;
  }

  /** The same as {@link #why}; empty when nothing is missing. */
  public String reason() {
    return why == null ? "" : why;
  }
}

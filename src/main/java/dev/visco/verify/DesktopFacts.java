package dev.visco.verify;

import dev.visco.model.GuestText;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one look at a guest's desktop has found, by way of Visco's own WebSocket as a viewer's
 * browser would.
 *
 * @param upgrade the status that the WebSocket's upgrade was answered with, 0 when nothing answered
 * @param banner the first line of the guest's VNC server, like {@code RFB 003.008}; null when none
 *     came
 * @param picture the whole first frame, null when none came
 * @param stage how far the look came
 * @param why what came instead, in a sentence; null when nothing is missing
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

  /** How far a look came, in the order of the way. */
  public enum ProbeStage {
    /** Visco's own WebSocket was not opened. */
    NO_UPGRADE,
    /** Nobody answered at the desktop's port in time: the guest is not up, or it drops packets. */
    NO_ANSWER,
    /** The guest's own kernel refused: its network is up, its VNC server is not. */
    PORT_CLOSED,
    /** Somebody took the connection, and is no VNC server or said nothing. */
    NO_BANNER,
    /** The VNC server does not take the VM's password. */
    PASSWORD_REFUSED,
    /** It greeted, and no whole frame came. */
    NO_FRAME,
    /** A whole frame came, all of it in one colour but for a pointer. */
    BLANK,
    /** A desktop was seen. */
    SEEN
  }

  /**
   * A frame.
   *
   * @param width in pixels
   * @param height in pixels
   * @param colours how many different ones it has; one that has a single colour is blank. Those of
   *     a pointer with nothing around it do not count
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

  /** Whether a desktop was seen, whole and not blank. */
  public boolean isSeen() {
    return stage == ProbeStage.SEEN;
  }

  /** What is missing, in a sentence; empty when nothing is. */
  public String reason() {
    return why == null ? "" : why;
  }
}

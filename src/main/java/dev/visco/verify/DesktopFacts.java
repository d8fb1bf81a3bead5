package dev.visco.verify;

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
 * @param why what came instead, in a sentence; null when nothing is missing
 */
public record DesktopFacts(
    int upgrade, @Nullable String banner, @Nullable Picture picture, @Nullable String why) {

  /**
   * A frame.
   *
   * @param width in pixels
   * @param height in pixels
   * @param colours how many different ones it has; one that has a single colour is blank
   */
  public record Picture(int width, int height, int colours) {
    public boolean isBlank() {
      return colours < 2;
    }
  }

  public Optional<Picture> frame() {
    return Optional.ofNullable(picture);
  }
}

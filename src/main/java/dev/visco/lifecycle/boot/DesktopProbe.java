package dev.visco.lifecycle.boot;

import dev.visco.model.VmId;
import dev.visco.verify.DesktopFacts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Probes a VM's desktop the way a viewer uses it: through the API's WebSocket. It is implemented in
 * {@code api}, two floors above.
 */
public interface DesktopProbe {
  /**
   * Probes the desktop once; never throws because of the guest or its network.
   *
   * @param max timeout of the whole probe; while the screen is blank it waits for a frame that is
   *     not
   * @param onBanner called when the guest's VNC server has sent its first line
   */
  DesktopFindings probe(VmId id, Duration max, Runnable onBanner);

  /**
   * The result of a probe.
   *
   * @param png the frame as a PNG file; null when no complete one came
   */
  record DesktopFindings(DesktopFacts facts, byte @Nullable [] png) {}
}

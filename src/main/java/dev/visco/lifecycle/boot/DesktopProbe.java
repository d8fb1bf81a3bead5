package dev.visco.lifecycle.boot;

import dev.visco.model.VmId;
import dev.visco.verify.DesktopFacts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sees a VM's desktop as a viewer would: through the API's own WebSocket, which stands a floor
 * above and is handed down when everything is joined.
 */
public interface DesktopProbe {
  /**
   * One look; never throws for what the guest or its network does.
   *
   * @param max for all of it; a screen that is blank is waited with until something is on it
   * @param onBanner told as soon as the guest's VNC server has said its first line
   */
  DesktopFindings probe(VmId id, Duration max, Runnable onBanner);

  /**
   * What was seen.
   *
   * @param png the first frame as a PNG file, null when none came
   */
  record DesktopFindings(DesktopFacts facts, byte @Nullable [] png) {}
}

package dev.visco.upgrade;

import java.time.Duration;
import java.util.Optional;

/** The daemon of whichever program is installed at the time. VMs run on through all of this. */
public interface InstalledDaemon {
  /**
   * Stops it, and keeps others from starting it until {@link #start}.
   *
   * @throws dev.visco.host.HostFault when it does not end
   */
  void stop();

  /**
   * Starts it, and waits until it serves and says that it is well.
   *
   * @param deadline for all of that
   * @return why it does not serve, with its last words; empty when it does
   */
  Optional<String> start(Duration deadline);
}

package dev.visco.lifecycle;

import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.time.Duration;

/**
 * Stops, starts and restarts VMs. Each call records the request and returns at once; each is safe
 * to repeat, and throws {@link dev.visco.model.Refused} for an unknown VM and for one whose state
 * does not allow it.
 */
public interface PowerService {
  /** Default grace period for a guest to shut down. */
  Duration GRACE = Duration.ofSeconds(10);

  /**
   * Shuts the guest down, and then ends its machine. The VM stays stopped, whatever its restart
   * policy.
   *
   * @param grace how long to wait for the guest before its machine is ended; zero for not at all
   */
  Vm stop(VmId id, Duration grace);

  /** Boots a stopped or failed VM with its present disk, and verifies the boot. */
  Vm start(VmId id);

  /** Stops a VM and starts it again; a stopped one is only started. */
  Vm restart(VmId id, Duration grace);
}

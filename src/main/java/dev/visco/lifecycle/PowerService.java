package dev.visco.lifecycle;

import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.time.Duration;

/**
 * Switches VMs off and on. Each call records what is wanted and returns at once; each is safe to
 * repeat, and throws {@link dev.visco.model.Refused} for a VM that is not there, or of which it
 * cannot be wanted now.
 */
public interface PowerService {
  /** What a guest has to shut down where nobody says otherwise. */
  Duration GRACE = Duration.ofSeconds(10);

  /**
   * Has the guest shut down, and its machine ended then; it stays stopped, whatever its restart
   * policy.
   *
   * @param grace after which the machine is ended in any case; zero for at once
   */
  Vm stop(VmId id, Duration grace);

  /** Boots a VM that is stopped or has failed, on the disk that it has, and verifies it. */
  Vm start(VmId id);

  /** The one and then the other; one that is stopped is started. */
  Vm restart(VmId id, Duration grace);
}

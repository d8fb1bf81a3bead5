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

  /**
   * Writes the memory of a ready or paused VM to the disk, ends its machine and gives its memory
   * back to the host; does nothing to one that is suspended. Returns when that is done.
   */
  Vm suspend(VmId id);

  /**
   * As {@link #suspend}, of a VM that runs, and somebody who needs the VM from then on has it go on
   * where it was: who runs a command in it, copies a file, opens its desktop or one of its ports.
   */
  Vm sleep(VmId id);

  /**
   * Gives up the memory of a VM that is asleep, and keeps its disk compressed; one that runs is put
   * to sleep first. Does nothing to one that is archived. Returns when that is done. Somebody who
   * needs the VM from then on has it boot from its disk.
   */
  Vm archive(VmId id);

  /**
   * Has a VM that is asleep or archived go on, as whoever needs it does; any other one is started.
   * Where its memory cannot be used it boots from its disk, and an event says why.
   */
  Vm wake(VmId id);

  /**
   * Boots a stopped, failed or archived VM with its present disk, and verifies the boot. A
   * suspended one goes on where it was, and is verified as well.
   *
   * @throws dev.visco.model.Refused when its memory cannot be gone on from; it stays suspended
   */
  Vm start(VmId id);

  /** Stops a VM and starts it again; a stopped one is only started. */
  Vm restart(VmId id, Duration grace);
}

package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.DesiredState;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the machine of a VM: asks the guest to shut down, and ends the machine once it has, or
 * after the grace period.
 */
final class MachineStops {
  private static final Logger LOG = LoggerFactory.getLogger(MachineStops.class);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Machines machines;
  private final Clocks clocks;

  MachineStops(Machines machines, Clocks clocks) {
    this.machines = machines;
    this.clocks = clocks;
  }

  /**
   * @param isClosed whether the daemon is stopping; its next start stops the machine again
   * @return whether the machine has ended; false if the row has changed and must be read again
   */
  boolean stop(VmRow row, Lease lease, BooleanSupplier isClosed) {
    VmWork work = VmWork.of(row);
    long begun = clocks.uptime();
    if (grace(row) > 0 && isAlive(work)) {
      Thread.ofVirtual().name("shutdown of " + row.id()).start(() -> ask(work));
    }
    VmRow now = row;
    while (isAlive(work) && !machines.isGuestOff(work) && clocks.uptime() - begun < grace(now)) {
      if (isClosed.getAsBoolean() || now.desired() == DesiredState.DESTROY) {
        return false;
      }
      sleep();
      now = lease.row().orElse(now);
    }
    if (now.state() != VmState.STOPPING) {
      return false;
    }
    machines.stop(work);
    return true;
  }

  private static long grace(VmRow row) {
    Long grace = row.grace();
    return grace == null ? 0 : grace;
  }

  private boolean isAlive(VmWork work) {
    return work.machine().filter(machines::isAlive).isPresent();
  }

  /** The machine of a guest that cannot be asked is ended after the grace period. */
  private void ask(VmWork work) {
    try {
      machines.shutDown(work);
    } catch (RuntimeException e) {
      LOG.info("{}: its guest could not be asked to shut down: {}", work.id(), e.getMessage());
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

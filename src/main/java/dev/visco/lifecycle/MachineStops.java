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
 * Ends the machine of a VM that is to stop: its guest is asked to shut down, and the machine is
 * ended once it has, or once the grace is over.
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
   * @param isClosed whether the daemon ends meanwhile, whose next start begins anew
   * @return whether the machine has ended; false when the row changed and has to be read again
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

  /** Of one that cannot be asked the machine is ended when its grace is over. */
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

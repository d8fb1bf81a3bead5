package dev.visco.lifecycle.monitor;

import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Restarts;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the machines of ready and paused VMs, and handles those that have ended. */
public final class MachineMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineMonitor.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private final VmRows rows;
  private final Leases leases;
  private final Machines machines;
  private final ChangeSignal changes;
  private final InstantSource clock;
  private final Restarts restarts;
  private final Loop loop;

  public MachineMonitor(
      VmRows rows, Leases leases, Machines machines, ChangeSignal changes, Clocks clocks) {
    this.rows = rows;
    this.leases = leases;
    this.machines = machines;
    this.changes = changes;
    this.clock = clocks.wall();
    this.restarts = new Restarts(clocks);
    this.loop = Loop.every("machine-monitor", Duration.ZERO, PERIOD, clocks.steady(), this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round; a failure with one VM does not keep the others from being checked. */
  public void check() {
    for (VmRow row : rows.list(false)) {
      if (isToRun(row)) {
        try {
          check(row);
        } catch (RuntimeException | Error e) {
          LOG.error(
              "{}: whether its machine runs could not be told or recorded; it is checked again in {}",
              row.id(),
              PERIOD,
              e);
        }
      }
    }
  }

  private void check(VmRow seen) {
    if (isAlive(seen)) {
      return;
    }
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return; // Whoever holds its lease may have ended it; it is checked in the next round.
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row =
          lease.row().filter(MachineMonitor::isToRun).filter(one -> !isAlive(one));
      if (row.isPresent()) {
        ended(row.get(), lease);
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  private void ended(VmRow row, Lease lease) {
    VmWork work = VmWork.of(row);
    VmRow next = restarts.afterEnd(row, machines.guestEnd(work));
    LOG.warn("{}: its machine has ended: {}", row.id(), next.failure());
    machines.stop(work); // The machine of a guest that has powered off still runs.
    lease.commit(next, "its machine has ended", clock.millis());
  }

  private boolean isAlive(VmRow row) {
    VmWork work = VmWork.of(row);
    return work.machine().filter(machines::isAlive).isPresent() && !machines.isGuestOff(work);
  }

  private static boolean isToRun(VmRow row) {
    return row.state() == VmState.READY || row.state() == VmState.PAUSED;
  }

  @Override
  public void close() {
    loop.close();
  }
}

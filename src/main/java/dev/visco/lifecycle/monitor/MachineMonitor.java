package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that a VM is called ready only as long as its machine runs. */
public final class MachineMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineMonitor.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final String ENDED =
      "Its machine ended: the guest was shut down, panicked, or its VMM was killed.";
  private final VmRows rows;
  private final Leases leases;
  private final Machines machines;
  private final ChangeSignal changes;
  private final InstantSource clock;
  private final Loop loop;

  public MachineMonitor(
      VmRows rows,
      Leases leases,
      Machines machines,
      ChangeSignal changes,
      InstantSource clock,
      SteadyClock steady) {
    this.rows = rows;
    this.leases = leases;
    this.machines = machines;
    this.changes = changes;
    this.clock = clock;
    this.loop = Loop.every("machine-monitor", Duration.ZERO, PERIOD, steady, this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round. What is wrong with one VM's row or machine keeps no other from being checked. */
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
      return; // Whoever works on it may have ended it. In the next round.
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row =
          lease.row().filter(MachineMonitor::isToRun).filter(one -> !isAlive(one));
      if (row.isPresent()) {
        LOG.warn("{}: its machine has ended", seen.id());
        lease.commit(Rows.stopped(row.get(), ENDED), "its machine has ended", clock.millis());
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  private boolean isAlive(VmRow row) {
    return VmWork.of(row).machine().filter(machines::isAlive).isPresent();
  }

  private static boolean isToRun(VmRow row) {
    return row.state() == VmState.READY || row.state() == VmState.PAUSED;
  }

  @Override
  public void close() {
    loop.close();
  }
}

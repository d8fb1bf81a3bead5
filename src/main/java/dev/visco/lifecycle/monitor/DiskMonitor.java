package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to guests that their VMM has stopped since the host's disk is full. Such a VM is not called
 * ready; it is paused, with the reason, and goes on by itself as soon as there is room: its guest
 * has lost nothing, for the writes that did not fit are done again then.
 */
public final class DiskMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiskMonitor.class);

  /** A VM that stands still is told within this, and goes on within this. */
  static final Duration PERIOD = Duration.ofSeconds(5);

  /** A guest that went on with less would stand still again at once. */
  static final long ROOM_MIB = 64;

  /** How its event is called. */
  static final String KIND = "disk-full";

  /** A VMM answers in milliseconds; one that hangs must not hold up the others. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final VmRows rows;
  private final EventRows events;
  private final Machines machines;
  private final ChangeSignal changes;
  private final InstantSource clock;
  private final Leases leases;
  private final LongSupplier freeMib;
  private final Set<VmId> inProgress = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;

  /**
   * @param freeMib room in the data folder's file system for VMMs, in MiB
   */
  public DiskMonitor(
      VmRows rows,
      EventRows events,
      Machines machines,
      ChangeSignal changes,
      InstantSource clock,
      Leases leases,
      LongSupplier freeMib,
      SteadyClock steady) {
    this.rows = rows;
    this.events = events;
    this.machines = machines;
    this.changes = changes;
    this.clock = clock;
    this.leases = leases;
    this.freeMib = freeMib;
    this.loop = Loop.every("disk-monitor", Duration.ZERO, PERIOD, steady, this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round: all VMs at once, and one that hangs is not asked again meanwhile. */
  void check() throws InterruptedException {
    var begun = new ArrayList<Future<?>>();
    for (VmRow row : rows.list(false)) {
      boolean isConcerned = row.state() == VmState.READY || isHalted(row);
      if (isConcerned && inProgress.add(row.id())) {
        begun.add(threads.submit(() -> checkQuietly(row)));
      }
    }
    awaitAll(begun);
  }

  private static void awaitAll(List<Future<?>> begun) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (Future<?> one : begun) {
      try {
        one.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        LOG.debug("a VMM did not say within {} whether its guest runs", PATIENCE);
      } catch (ExecutionException e) {
        throw new IllegalStateException("whatever fails is logged", e);
      }
    }
  }

  private void checkQuietly(VmRow row) {
    try {
      check(row);
    } catch (RuntimeException | Error e) {
      // Its machine may just have ended, which MachineMonitor sees; a full disk may keep the store
      // from
      // writing. It is checked again.
      LOG.debug("{}: whether its guest runs could not be told or recorded", row.id(), e);
    } finally {
      inProgress.remove(row.id());
    }
  }

  /** A VM that a person has paused has no reason in its row. */
  private static boolean isHalted(VmRow row) {
    return row.state() == VmState.PAUSED && row.failure() != null;
  }

  private void check(VmRow row) {
    Optional<String> why = machines.halted(VmWork.of(row));
    if (row.state() == VmState.READY && why.isPresent()) {
      halt(row, why.get());
    } else if (isHalted(row) && (why.isEmpty() || freeMib.getAsLong() >= ROOM_MIB)) {
      goOn(row);
    }
  }

  /** While nobody else works on it: whoever pauses it for a snapshot would be misunderstood. */
  private void halt(VmRow seen, String why) {
    String text =
        why
            + " It goes on by itself when there are "
            + ROOM_MIB
            + " MiB free: remove snapshots, images or VMs.";
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return; // In the next round.
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row = lease.row().filter(one -> one.state() == VmState.READY);
      if (row.isPresent() && isCommitted(Rows.halted(row.get(), text), lease, "stands still")) {
        LOG.warn("{}: {}", lease.id(), text);
        events.add(KIND, lease.id().value(), lease.id() + " stands still: " + text, clock.millis());
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  /** False when somebody wants it destroyed meanwhile, which comes first. */
  private boolean isCommitted(VmRow row, Lease lease, String what) {
    return lease.commit(row, what, clock.millis()).state() == row.state();
  }

  /** Likewise: whoever takes a snapshot needs it to stand still. */
  private void goOn(VmRow seen) {
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return;
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row = lease.row().filter(DiskMonitor::isHalted);
      if (row.isPresent()) {
        machines.resume(VmWork.of(row.get()));
        if (isCommitted(Rows.in(row.get(), VmState.READY), lease, "goes on")) {
          LOG.info("{}: there is room on the disk again, and it goes on", lease.id());
          String text = lease.id() + " goes on: the disk has room.";
          events.add(KIND, lease.id().value(), text, clock.millis());
        }
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  /** Ends the rounds, and whoever still waits for a VMM. */
  @Override
  public void close() {
    loop.close();
    threads.shutdownNow();
  }
}

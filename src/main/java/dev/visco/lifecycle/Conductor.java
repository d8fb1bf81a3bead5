package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Outcome.Again;
import dev.visco.lifecycle.Outcome.Done;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.model.DesiredState;
import dev.visco.model.Refused;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each VM's steps: forward when it is created or started, backward when it is destroyed. What
 * it does is recorded so that a stop at any point, {@code kill -9} included, leaves something that
 * the next start of the daemon completes or undoes. Effects run outside transactions, and only the
 * daemon that was started last can commit an outcome. An outcome that could not be recorded, for
 * example on a full disk, is produced again a second later: every step is safe to repeat.
 */
public final class Conductor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);
  private static final int MAX_TRIES = 3;

  /** A round is completed at least this often, so that {@code /health} sees that the loop lives. */
  private static final long MAX_WAIT_MILLIS = 1000;

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(20);

  private final VmRows rows;
  private final Leases leases;
  private final Map<StepName, Step> steps = new EnumMap<>(StepName.class);
  private final Restores restores;
  private final Rebuilds rebuilds;
  private final Restarts restarts;
  private final MachineStops stops;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Duration keepFailed;
  private final Consumer<VmId> onUndone;
  private final BootQueue boots;
  private final Expiry expiry;
  private final Backoffs backoffs;
  private volatile boolean closed;
  private final Loop loop;

  /**
   * @param steps one step for each name
   * @param keepFailed how long a VM that never was ready is kept with its evidence
   * @param boots limits how many VMs boot at the same time
   */
  public Conductor(
      VmRows rows,
      Leases leases,
      List<Step> steps,
      Restores restores,
      Rebuilds rebuilds,
      Machines machines,
      ChangeSignal changes,
      Clocks clocks,
      Duration keepFailed,
      Consumer<VmId> onUndone,
      BootQueue boots) {
    this.rows = rows;
    this.leases = leases;
    steps.forEach(step -> this.steps.put(step.name(), step));
    if (!this.steps.keySet().equals(EnumSet.allOf(StepName.class))) {
      throw new IllegalArgumentException("steps are missing: there are " + this.steps.keySet());
    }
    this.restores = restores;
    this.rebuilds = rebuilds;
    this.restarts = new Restarts(clocks);
    this.stops = new MachineStops(machines, clocks);
    this.changes = changes;
    this.clocks = clocks;
    this.backoffs = new Backoffs(clocks);
    this.keepFailed = keepFailed;
    this.onUndone = onUndone;
    this.boots = boots;
    this.expiry = new Expiry(clocks);
    this.loop = new Loop("conductor", PAUSE, clocks.steady(), this::round);
  }

  public void start() {
    loop.start();
  }

  public Loop loop() {
    return loop;
  }

  private void round() throws InterruptedException {
    leases.requireCurrent();
    long seen = changes.count();
    boots.giveWay();
    long wait = MAX_WAIT_MILLIS;
    for (VmRows.Due due : rows.due()) {
      long left = backoffs.left(due.id(), due.revision());
      if (left > 0) {
        wait = Math.min(wait, left);
      } else if (!boots.isWaiting(due.id()) || !isBooting(due.state())) {
        begin(due.id());
      }
    }
    expiry
        .over(rows.ended(clocks.now(), clocks.boot(), clocks.uptime()))
        .forEach(row -> begin(row.id()));
    changes.awaitAfter(seen, wait);
  }

  private static boolean isBooting(VmState state) {
    return state == VmState.CREATING || state == VmState.STARTING;
  }

  private void begin(VmId id) {
    if (closed) {
      return;
    }
    leases.take(id).ifPresent(lease -> begin(lease, lease::row, _ -> {}));
  }

  /** See {@link PooledVms.LeasedWork#begin}. */
  public Future<VmRow> begin(Lease lease, VmRow row) {
    var first = new CompletableFuture<VmRow>();
    begin(lease, () -> Optional.of(row), now -> first.complete(now.orElse(row)));
    return first;
  }

  /**
   * @param seen gets the row after each step of the work; empty when nothing more is due now
   */
  private void begin(Lease lease, Supplier<Optional<VmRow>> first, Consumer<Optional<VmRow>> seen) {
    try {
      Thread.ofVirtual().name(lease.id().value()).start(() -> work(lease, first, seen));
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  private void work(Lease lease, Supplier<Optional<VmRow>> first, Consumer<Optional<VmRow>> seen) {
    VmId id = lease.id();
    Optional<VmRow> row = Optional.empty();
    try {
      row = first.get();
      row.ifPresent(one -> backoffs.end(id));
      while (row.isPresent() && !closed) {
        VmRow before = row.get();
        row = next(Rows.inBoot(before, clocks.boot()), lease);
        seen.accept(row); // Whoever waits for this step goes on before all others are told.
        // Signalled only if the row has changed: otherwise there is nothing new to read.
        row.filter(now -> now.revision() != before.revision()).ifPresent(_ -> changes.signal(id));
      }
    } catch (RuntimeException | Error e) {
      LOG.error("{}: work on it failed; it is tried again in {}", id, PAUSE, e);
      row.ifPresent(one -> backoffs.pause(one, PAUSE.toMillis()));
    } finally {
      leaveQueue(id);
      lease.close();
      seen.accept(row);
      changes.signal(id);
    }
  }

  /** Gives up the VM's place; a VM that is still queued stays so. */
  private void leaveQueue(VmId id) {
    if (!boots.isWaiting(id)) {
      boots.leave(id);
    }
  }

  /** Does what is due; empty when nothing more is due now. */
  private Optional<VmRow> next(VmRow row, Lease lease) {
    return switch (row.state()) {
      case CREATING -> isDue(row) ? advance(row, lease) : Optional.empty();
      case STARTING -> isDue(row) && isTime(row) ? start(row, lease) : Optional.empty();
      case STOPPING -> isDue(row) ? stop(row, lease) : Optional.empty();
      case DESTROYING -> isDue(row) ? undo(row, lease) : Optional.empty();
      case READY, PAUSED, FAILED, STOPPED, SUSPENDED, ASLEEP, ARCHIVED ->
          expiry.isOver(row) ? expire(row) : Optional.empty();
      case DESTROYED -> Optional.empty();
    };
  }

  private boolean isDue(VmRow row) {
    return row.wakeAt() != null
        && row.wakeAt() == 0
        && backoffs.left(row.id(), row.revision()) == 0;
  }

  /** Whether it may be started again yet. */
  private boolean isTime(VmRow row) {
    long left = restarts.left(row);
    if (left > 0) {
      backoffs.pause(row, left);
    }
    return left == 0;
  }

  private Optional<VmRow> start(VmRow row, Lease lease) {
    if (!rebuilds.isToEnd(row)) {
      return advance(row, lease);
    }
    try {
      return Optional.of(rebuilds.end(row, lease));
    } catch (RuntimeException | Error e) {
      LOG.error("{}: its rebuild could not be ended; that is tried again", row.id(), e);
      return tryAgain(
          row, lease, "rebuild", "ending its rebuild failed: " + said(e), Backoffs.afterTry(row));
    } finally {
      changes.signal(row.id());
    }
  }

  /** Ends its machine; it stays stopped unless it is to be started anew. */
  private Optional<VmRow> stop(VmRow row, Lease lease) {
    boots.leave(row.id()); // It may have been on its way up.
    try {
      if (!stops.stop(row, lease, () -> closed)) {
        return closed ? Optional.empty() : lease.row();
      }
      restores.dropMemory(row);
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: its machine could not be ended; that is tried again", row.id(), e);
      return tryAgain(
          row, lease, "stop", "ending its machine failed: " + said(e), Backoffs.afterTry(row));
    }
    VmRow now = lease.row().orElse(row);
    if (rebuilds.isStopping(now)) {
      return Optional.of(rebuilds.boot(now, lease));
    }
    VmRow stopped =
        now.desired() == DesiredState.EXIST ? Rows.starting(now) : Rows.stopped(now, null);
    return Optional.of(lease.commit(stopped, "stop", clocks.now()));
  }

  /**
   * Destroys a VM that has expired: by its time to live, or, if it never was ready, by how long its
   * evidence is kept.
   */
  private Optional<VmRow> expire(VmRow row) {
    if (row.ready() != null && row.expires() == null) {
      LOG.error("{}: it was ready and has no time to live, so it is not destroyed", row.id());
      return Optional.empty();
    }
    String why = expiry.why(row);
    LOG.info("{}: it is destroyed: {}", row.id(), why);
    return rows.requestDestroy(row.id(), StepName.last().word(), why, clocks.now());
  }

  private Optional<VmRow> advance(VmRow row, Lease lease) {
    StepName name =
        StepName.find(row.step())
            .orElseThrow(() -> new IllegalStateException("no step " + row.step()));
    boolean isBooting = name.isBoot() && !Rows.isHandedOver(row);
    if (isBooting && !boots.enter(row.id(), row.owner())) {
      return Optional.empty(); // A change is signalled when its turn has come.
    }
    return attempt(row, lease, step(name));
  }

  private Step step(StepName name) {
    return Objects.requireNonNull(steps.get(name));
  }

  /** Tries a step once, and commits its outcome. */
  private Optional<VmRow> attempt(VmRow row, Lease lease, Step step) {
    String name = step.name().word();
    Outcome outcome;
    try {
      outcome = step.advance(VmWork.of(row));
    } catch (Refused e) {
      outcome = new Failed(e.getMessage() + "");
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: {} failed at try {}", row.id(), name, row.tries() + 1, e);
      String why = name + " failed: " + said(e);
      if (row.tries() + 1 < MAX_TRIES) {
        return tryAgain(row, lease, name, why, 250L << row.tries());
      }
      outcome = gaveUp(row, step, why);
    }
    return commit(row, lease, step, outcome);
  }

  /** The failure to record, even if explaining it fails. */
  private static Failed gaveUp(VmRow row, Step step, String why) {
    try {
      return step.gaveUp(VmWork.of(row), why);
    } catch (RuntimeException | Error e) {
      LOG.error("{}: why {} failed could not be explained", row.id(), step.name().word(), e);
      return new Failed(why);
    }
  }

  private Optional<VmRow> tryAgain(VmRow row, Lease lease, String what, String why, long millis) {
    VmRow tried = lease.commit(Rows.tried(row, why), what, clocks.now());
    backoffs.pause(tried, millis);
    changes.signal(row.id());
    return Optional.empty();
  }

  private Optional<VmRow> commit(VmRow row, Lease lease, Step step, Outcome outcome) {
    long now = clocks.now();
    String name = step.name().word();
    return switch (outcome) {
      case Done done ->
          Optional.of(lease.commit(forward(done.change().apply(row), step.name(), now), name, now));
      case Failed failed -> {
        LOG.warn("{}: failed at {}: {}", row.id(), name, failed.why());
        VmRow known = failed.change().apply(row);
        if (rebuilds.isBooting(row)) {
          yield Optional.of(lease.commit(rebuilds.failed(known, failed.why()), name, now));
        }
        if (Rows.isResuming(row)) {
          yield bootAnew(known, lease, name, failed.why());
        }
        if (Rows.isHandedOver(row)) {
          String text = "It could not be taken from its pool, and boots instead. " + failed.why();
          yield bootFromDisk(known, Rows.bootingInstead(known, text), lease, name, failed.why());
        }
        if (Rows.isCloning(known)) {
          yield bootInstead(known, lease, name, failed.why());
        }
        yield known.restoring() == null
            ? Optional.of(lease.commit(ended(known, failed.why()), name, now))
            : undoRestore(known, lease, name, failed.why());
      }
      case Again again -> {
        sleep(again.delay());
        // Nothing new to record, unless it failed before: only failures in a row count. The row is
        // read again, since its destruction may have been requested meanwhile.
        yield row.tries() == 0
            ? lease.row()
            : Optional.of(lease.commit(Rows.at(row, step.name()), name, now));
      }
    };
  }

  /**
   * What never was ready is a failure with its evidence; what was is kept as it is, or started
   * again.
   */
  private VmRow ended(VmRow row, String why) {
    if (row.state() == VmState.STARTING) {
      return restarts.afterFailedStart(row, why);
    }
    return row.ready() == null ? Rows.failed(row, why, keepFailed, clocks) : Rows.stopped(row, why);
  }

  /** A suspended VM that cannot go on from its memory boots from its disk. */
  private Optional<VmRow> bootAnew(VmRow row, Lease lease, String step, String why) {
    String text = "It could not go on from its memory, and boots from its disk. " + why;
    VmRow anew = Rows.startingAgain(row, text, row.restarts(), clocks.uptime());
    return bootFromDisk(row, anew, lease, step, why);
  }

  /** A clone that cannot go on from its snapshot boots from the snapshot's disk. */
  private Optional<VmRow> bootInstead(VmRow row, Lease lease, String step, String why) {
    String text =
        "It could not go on from the snapshot "
            + row.restoring()
            + ", and boots from its disk. "
            + why;
    return bootFromDisk(row, Rows.bootingInstead(row, text), lease, step, why);
  }

  /** Its machine is ended first; until it has, the VM stays in its state. */
  private Optional<VmRow> bootFromDisk(
      VmRow row, VmRow booting, Lease lease, String step, String why) {
    try {
      restores.giveUpMemory(row);
    } catch (RuntimeException | Error e) {
      LOG.error("{}: its machine could not be ended; it is tried again", row.id(), e);
      return tryAgain(row, lease, step, why + " " + said(e), Backoffs.afterTry(row));
    }
    return Optional.of(lease.commit(booting, step, clocks.now()));
  }

  /** Undoes a restore that failed; until its disk is back the VM stays in its state. */
  private Optional<VmRow> undoRestore(VmRow row, Lease lease, String step, String why) {
    String left;
    try {
      left = restores.undo(VmWork.of(row));
    } catch (RuntimeException | Error e) {
      LOG.error("{}: its restore failed and could not be undone; it is tried again", row.id(), e);
      String failure = why + " Its disk could not be put back yet: " + said(e);
      return tryAgain(row, lease, step, failure, Backoffs.afterTry(row));
    }
    String failure =
        "It could not be restored from the snapshot " + row.restoring() + ". " + left + " " + why;
    return Optional.of(lease.commit(ended(row, failure), step, clocks.now()));
  }

  private static void sleep(Duration delay) {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private VmRow forward(VmRow row, StepName done, long now) {
    Optional<StepName> next = done.next();
    if (next.isEmpty() && rebuilds.isBooting(row)) {
      return rebuilds.verified(row);
    }
    if (next.isEmpty()) {
      LOG.info("{}: ready {} ms after its launch", row.id(), now - launched(row));
      return Rows.readyAt(row, now);
    }
    return Rows.at(row, next.get());
  }

  private static long launched(VmRow row) {
    Long launched = row.launched();
    return launched == null ? row.created() : launched;
  }

  /**
   * Undoes every step, the last one first. If one fails, the others are undone nevertheless; it is
   * recorded in the row and tried again without limit.
   */
  private Optional<VmRow> undo(VmRow row, Lease lease) {
    boots.leave(row.id()); // It may still be queued.
    String failure = null;
    for (Step step : List.copyOf(steps.values()).reversed()) {
      try {
        step.undo(VmWork.of(row));
      } catch (RuntimeException | Error e) {
        String name = step.name().word();
        int tries = row.tries() + 1;
        LOG.warn("{}: undoing {} failed at try {}; it is tried again", row.id(), name, tries, e);
        failure = "undoing " + name + " failed: " + said(e);
      }
    }
    if (failure == null) {
      try {
        onUndone.accept(row.id());
      } catch (RuntimeException | Error e) {
        LOG.warn(
            "{}: its slot or other resources could not be freed; it is tried again", row.id(), e);
        failure = "freeing its resources failed: " + said(e);
      }
    }
    if (failure != null) {
      return tryAgain(row, lease, "undo", failure, Backoffs.afterTry(row));
    }
    VmRow committed = lease.commit(Rows.destroyed(row), "undo", clocks.now());
    changes.signal(row.id());
    return Optional.of(committed);
  }

  /** The exception's message; one without is an internal error, whose trace is in the log. */
  private static String said(Throwable e) {
    String message = e.getMessage();
    return message == null ? "internal error; see the daemon's log" : message;
  }

  /** Waits until running steps have committed, at most 20 s, and stops; VMs keep running. */
  @Override
  public void close() {
    closed = true;
    long end = System.nanoTime() + CLOSE.toNanos();
    loop.close(); // First, so that no further work begins.
    while (!leases.isIdle() && System.nanoTime() < end) {
      sleep(Duration.ofMillis(10));
    }
  }
}

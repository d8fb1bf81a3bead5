package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Outcome.Again;
import dev.visco.lifecycle.Outcome.Done;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks each VM through its steps: forward when it is created, backward when it is destroyed.
 * Whatever it does is recorded such that a stop at any point, {@code kill -9} included, leaves
 * something that the next start finishes or undoes. Effects run outside transactions; an outcome is
 * committed only while the lease still holds.
 */
final class Conductor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);
  private static final Duration LEASE = Duration.ofMinutes(10);
  private static final int MOST_TRIES = 3;

  /** What is due and in work already must not make the scheduler spin. */
  private static final long SHORTEST_WAIT_MILLIS = 10;

  /** So that {@code /health} can tell a loop that waits from one that is gone. */
  private static final long MAX_WAIT_MILLIS = 1000;

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final VmRows rows;
  private final List<Step> steps;
  private final Changes changes;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Duration keepFailed;
  private final Consumer<VmId> onUndone;
  private final Semaphore boots;
  private final Set<VmId> inWork = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private final Loop loop;

  /**
   * @param simultaneousBoots how many cold boots at once: more only wait for each other's processor
   *     time
   */
  Conductor(
      VmRows rows,
      List<Step> steps,
      Changes changes,
      InstantSource clock,
      RandomGenerator random,
      Duration keepFailed,
      Consumer<VmId> onUndone,
      int simultaneousBoots,
      SteadyClock steady) {
    this.rows = rows;
    this.steps = steps;
    this.changes = changes;
    this.clock = clock;
    this.random = random;
    this.keepFailed = keepFailed;
    this.onUndone = onUndone;
    this.boots = new Semaphore(simultaneousBoots, true);
    this.loop = new Loop("conductor", PAUSE, steady, this::round);
  }

  void start() {
    rows.dropLeases();
    loop.start();
  }

  Loop loop() {
    return loop;
  }

  /** The step that a new VM begins with. */
  static String firstStep(List<Step> steps) {
    return steps.getFirst().name();
  }

  private void round() throws InterruptedException {
    long seen = changes.count();
    for (VmRow row : rows.due(clock.millis())) {
      if (!closed && inWork.add(row.id())) {
        begin(row.id());
      }
    }
    long wait = rows.nextWake().map(wake -> wake - clock.millis()).orElse(MAX_WAIT_MILLIS);
    changes.awaitAfter(seen, Math.clamp(wait, SHORTEST_WAIT_MILLIS, MAX_WAIT_MILLIS));
  }

  private void begin(VmId id) {
    try {
      Thread.ofVirtual().name(id.value()).start(() -> work(id));
    } catch (RuntimeException | Error e) {
      inWork.remove(id);
      throw e;
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(VmId id) {
    String token = Long.toHexString(random.nextLong());
    try {
      Optional<VmRow> row = lease(id, token);
      while (row.isPresent() && !closed) {
        row = next(row.get(), token);
      }
    } catch (RuntimeException | Error e) {
      LOG.error("{}: its work broke off; it is taken up again in a second", id, e);
      pause(1000);
    } finally {
      release(id, token);
    }
  }

  private void release(VmId id, String token) {
    try {
      rows.release(id, token);
    } catch (RuntimeException | Error e) {
      LOG.error("{}: its lease cannot be given back; it is taken up again when that ends", id, e);
    } finally {
      inWork.remove(id);
      changes.tell(id);
    }
  }

  private Optional<VmRow> lease(VmId id, String token) {
    long now = clock.millis();
    return rows.lease(id, token, now, now + LEASE.toMillis());
  }

  /** Does what comes next; empty when there is nothing more to do now. */
  private Optional<VmRow> next(VmRow row, String token) {
    if (row.wakeAt() == null || row.wakeAt() > clock.millis()) {
      return Optional.empty();
    }
    return switch (row.state()) {
      case CREATING -> advance(row, token);
      case DESTROYING -> undo(row, token);
      case READY, PAUSED, FAILED, STOPPED -> expire(row);
      case DESTROYED -> Optional.empty();
    };
  }

  /** Its time to live, or that of a failed VM's evidence, has ended. */
  private Optional<VmRow> expire(VmRow row) {
    LOG.info("{}: its time has ended; it is destroyed", row.id());
    return rows.wishDestroy(row.id(), steps.getLast().name(), clock.millis());
  }

  private Optional<VmRow> advance(VmRow row, String token) {
    int at = position(row.step());
    Step step = steps.get(at);
    boolean isBoot = at >= steps.size() - 2;
    try {
      if (isBoot && !boots.tryAcquire(200, TimeUnit.MILLISECONDS)) {
        return lease(row.id(), token);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
    try {
      return isBoot ? boot(row, token) : attempt(row, token, step);
    } finally {
      if (isBoot) {
        boots.release();
      }
    }
  }

  /**
   * Launch and verification in one go, so that a boot keeps its place among the few that run at
   * once.
   */
  private Optional<VmRow> boot(VmRow row, String token) {
    Optional<VmRow> current = Optional.of(row);
    while (current.isPresent()
        && !closed
        && current.get().state() == VmState.CREATING
        && due(current.get())) {
      Step step = steps.get(position(current.get().step()));
      current = attempt(current.get(), token, step);
    }
    return current;
  }

  private boolean due(VmRow row) {
    return row.wakeAt() != null && row.wakeAt() <= clock.millis();
  }

  /** One try at a step, and its outcome committed. */
  private Optional<VmRow> attempt(VmRow row, String token, Step step) {
    Outcome outcome;
    try {
      outcome = step.advance(VmWork.of(row));
    } catch (Refused e) {
      outcome = new Failed(e.getMessage() + "");
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: {} failed at try {}", row.id(), step.name(), row.tries() + 1, e);
      String why = step.name() + " failed: " + said(e);
      if (row.tries() + 1 < MOST_TRIES) {
        long now = clock.millis();
        Optional<VmRow> tried =
            rows.commit(Rows.tried(row, why, now + (250L << row.tries())), token, now);
        changes.tell(row.id());
        return tried;
      }
      outcome = new Failed(why);
    }
    return commit(row, token, step, outcome);
  }

  private Optional<VmRow> commit(VmRow row, String token, Step step, Outcome outcome) {
    long now = clock.millis();
    Optional<VmRow> committed =
        switch (outcome) {
          case Done done -> rows.commit(forward(done.change().apply(row), step, now), token, now);
          case Failed failed -> {
            LOG.warn("{}: failed at {}: {}", row.id(), step.name(), failed.why());
            yield rows.commit(
                Rows.failed(row, failed.why(), now + keepFailed.toMillis()), token, now);
          }
          case Again again -> {
            pause(again.delay().toMillis());
            // Nothing new to record, unless it failed before: only tries in a row count. The wish
            // may have changed meanwhile.
            yield row.tries() == 0
                ? lease(row.id(), token)
                : rows.commit(Rows.at(row, VmState.CREATING, row.step(), now), token, now);
          }
        };
    changes.tell(row.id());
    return committed;
  }

  private VmRow forward(VmRow row, Step step, long now) {
    int next = position(step.name()) + 1;
    if (next == steps.size()) {
      LOG.info("{}: ready {} ms after its creation", row.id(), now - row.created());
      return Rows.readyAt(row, now);
    }
    return Rows.at(row, VmState.CREATING, steps.get(next).name(), now);
  }

  /**
   * Undoes every step, the last one first. One that fails never keeps the others from being undone;
   * it is tried again, for ever, and the row says so.
   */
  private Optional<VmRow> undo(VmRow row, String token) {
    String failure = null;
    for (Step step : steps.reversed()) {
      try {
        step.undo(VmWork.of(row));
      } catch (RuntimeException | Error e) {
        LOG.warn(
            "{}: undoing {} failed at try {}; it is tried again",
            row.id(),
            step.name(),
            row.tries() + 1,
            e);
        failure = "undoing " + step.name() + " failed: " + said(e);
      }
    }
    if (failure == null) {
      try {
        onUndone.accept(row.id());
      } catch (RuntimeException | Error e) {
        LOG.warn("{}: what it had could not be given back; it is tried again", row.id(), e);
        failure = "giving back what it had failed: " + said(e);
      }
    }
    long now = clock.millis();
    VmRow after =
        failure == null
            ? Rows.destroyed(row)
            : Rows.tried(
                row,
                failure,
                now + Math.min(LONGEST_PAUSE.toMillis(), 500L << Math.min(row.tries(), 10)));
    Optional<VmRow> committed = rows.commit(after, token, now);
    changes.tell(row.id());
    return committed;
  }

  /** The log has its trace; what has no words of its own is a fault of Visco. */
  private static String said(Throwable e) {
    String message = e.getMessage();
    return message == null ? "Visco is at fault, and the daemon's log tells more" : message;
  }

  private int position(String name) {
    for (int at = 0; at < steps.size(); at++) {
      if (steps.get(at).name().equals(name)) {
        return at;
      }
    }
    throw new IllegalStateException("no step " + name);
  }

  /** Lets running steps come to their next commit and stops; VMs go on running. */
  @Override
  public void close() {
    closed = true;
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    loop.close(); // It must not begin any work after we found none.
    while (!inWork.isEmpty() && System.nanoTime() < end) {
      pause(10);
    }
  }
}

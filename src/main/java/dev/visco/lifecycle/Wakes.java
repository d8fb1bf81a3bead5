package dev.visco.lifecycle;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts sleeps and wakes, and how long wakes took, since the daemon's start. */
public final class Wakes {
  private static final Logger LOG = LoggerFactory.getLogger(Wakes.class);

  /** The upper bounds of the counts of times, in seconds; what took longer is in none of them. */
  public static final List<Double> BOUNDS =
      List.of(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0);

  /** A VM that has not come up by then has failed, or will be told so by its own deadline. */
  private static final Duration MAX = Duration.ofMinutes(30);

  private final VmRows rows;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Map<SleepOutcome, Long> sleeps = new EnumMap<>(SleepOutcome.class);
  private final Map<WakeKind, Long> wakes = new EnumMap<>(WakeKind.class);
  private final Map<WakeKind, Times> times = new EnumMap<>(WakeKind.class);

  public Wakes(VmRows rows, ChangeSignal changes, Clocks clocks) {
    this.rows = rows;
    this.changes = changes;
    this.clocks = clocks;
    for (WakeKind kind : WakeKind.values()) {
      wakes.put(kind, 0L);
      if (kind.isAwake()) {
        times.put(kind, new Times(new long[BOUNDS.size()], 0, 0));
      }
    }
    for (SleepOutcome outcome : SleepOutcome.values()) {
      sleeps.put(outcome, 0L);
    }
  }

  /** What came of putting a VM to sleep. */
  public enum SleepOutcome {
    ASLEEP,
    /** Its guest has a lease to be kept awake. */
    KEPT_AWAKE,
    /** It could not be, and runs on. */
    FAILED
  }

  /** What came of waking a VM. */
  public enum WakeKind {
    MEMORY,
    DISK,
    /** It did not come up. */
    FAILED,
    /** There was too little memory for it, or its user has too little. */
    REFUSED;

    /** Whether the VM was ready in the end. */
    public boolean isAwake() {
      return this == MEMORY || this == DISK;
    }
  }

  /**
   * Times of wakes.
   *
   * @param counts how many took no longer than each of {@link #BOUNDS}
   * @param count of all
   * @param seconds of all together
   */
  public record Times(long[] counts, long count, double seconds) {
    public Times {
      counts = counts.clone();
    }

    @Override
    public long[] counts() {
      return counts.clone();
    }

    private Times and(double more) {
      long[] now = counts.clone();
      for (int at = 0; at < now.length; at++) {
        now[at] += more <= BOUNDS.get(at) ? 1 : 0;
      }
      return new Times(now, count + 1, seconds + more);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Times(long[] theirs, long number, double sum)
          && Arrays.equals(counts, theirs)
          && count == number
          && Double.compare(seconds, sum) == 0;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
      return count + " in " + seconds + " s: " + Arrays.toString(counts);
    }
  }

  /** Counts how a VM was put to sleep, or was not. */
  public synchronized void slept(SleepOutcome outcome) {
    sleeps.merge(outcome, 1L, Long::sum);
  }

  /** How often VMs were put to sleep, or were not. */
  public synchronized Map<SleepOutcome, Long> sleeps() {
    return new EnumMap<>(sleeps);
  }

  /** How often VMs were woken, or were not. */
  public synchronized Map<WakeKind, Long> wakes() {
    return new EnumMap<>(wakes);
  }

  /** How long wakes took from the request until the VM was ready. */
  public synchronized Map<WakeKind, Times> times() {
    return new EnumMap<>(times);
  }

  /**
   * Runs what requests that a VM is woken, and counts what comes of it, which nobody waits for.
   *
   * @param request returns once it is recorded; sets what it is given when the VM is to boot
   */
  <T> T counted(VmId id, Function<AtomicBoolean, T> request) {
    long begun = clocks.uptime();
    var isFromDisk = new AtomicBoolean();
    T requested;
    try {
      requested = request.apply(isFromDisk);
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.LimitReached) {
        count(WakeKind.REFUSED, 0);
      }
      throw e;
    }
    Thread.ofVirtual().name("wake of " + id).start(() -> follow(id, begun, isFromDisk));
    return requested;
  }

  private void follow(VmId id, long begun, AtomicBoolean isFromDisk) {
    try {
      changes.await(Set.of(id), MAX, () -> isOver(id, isFromDisk));
      rows.find(id)
          .flatMap(row -> kind(row, isFromDisk.get()))
          .ifPresent(kind -> count(kind, begun));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("{}: what came of its wake is not counted", id, e); // The daemon ends, say.
    }
  }

  private boolean isOver(VmId id, AtomicBoolean isFromDisk) {
    Optional<VmRow> row = rows.find(id);
    row.filter(one -> !one.state().isSettled() && !Rows.isResuming(one))
        .ifPresent(one -> isFromDisk.set(true));
    return row.isEmpty() || row.get().state().isSettled();
  }

  /** Empty for one that was removed before it was awake. */
  private static Optional<WakeKind> kind(VmRow row, boolean isFromDisk) {
    return switch (row.state()) {
      case READY, PAUSED, SUSPENDED, ASLEEP, ARCHIVED ->
          Optional.of(isFromDisk ? WakeKind.DISK : WakeKind.MEMORY);
      case CREATING, STARTING, FAILED, STOPPING, STOPPED -> Optional.of(WakeKind.FAILED);
      case DESTROYING, DESTROYED -> Optional.empty();
    };
  }

  private synchronized void count(WakeKind kind, long begun) {
    wakes.merge(kind, 1L, Long::sum);
    times.computeIfPresent(kind, (same, before) -> before.and((clocks.uptime() - begun) / 1000.0));
  }
}

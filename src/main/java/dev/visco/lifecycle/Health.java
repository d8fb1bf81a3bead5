package dev.visco.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Whether the daemon does its work: recovery is done, and those of its loops without which nothing
 * goes on have gone round lately.
 */
public final class Health {
  /**
   * What goes round once a second may be late by this: a daemon that shares its processors with
   * emulated guests is, now and then.
   */
  static final Duration MAX_AGE = Duration.ofSeconds(60);

  private final List<Loop> loops;
  private final Set<String> needed;
  private volatile boolean isStarted;

  /**
   * @param loops all that the daemon has
   * @param needed the names of those that must have gone round within {@link #MAX_AGE}
   */
  public Health(List<Loop> loops, Set<String> needed) {
    this.loops = List.copyOf(loops);
    this.needed = Set.copyOf(needed);
  }

  /** How the daemon is. */
  public enum HealthStatus {
    /** What an earlier daemon left is still being recovered. */
    STARTING,
    OK,
    /** A loop that is needed has not gone round lately. */
    STALLED
  }

  /**
   * One loop.
   *
   * @param sinceLastRound since its last round that did not fail
   * @param isLate it is needed and has not gone round within {@link #MAX_AGE}
   */
  public record LoopAge(String name, Duration sinceLastRound, boolean isLate) {}

  /**
   * How the daemon is now.
   *
   * @param loops empty until it has started
   */
  public record HealthReport(HealthStatus status, List<LoopAge> loops) {}

  /** Recovery is done. */
  public void started() {
    isStarted = true;
  }

  public boolean isStarted() {
    return isStarted;
  }

  public HealthReport report() {
    if (!isStarted) {
      return new HealthReport(HealthStatus.STARTING, List.of());
    }
    List<LoopAge> ages = loops.stream().map(this::age).toList();
    boolean isLate = ages.stream().anyMatch(LoopAge::isLate);
    return new HealthReport(isLate ? HealthStatus.STALLED : HealthStatus.OK, ages);
  }

  private LoopAge age(Loop loop) {
    Duration since = loop.sinceLastRound();
    return new LoopAge(
        loop.name(), since, needed.contains(loop.name()) && since.compareTo(MAX_AGE) > 0);
  }
}

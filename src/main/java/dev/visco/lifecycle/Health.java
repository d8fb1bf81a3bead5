package dev.visco.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Whether the daemon does its work: recovery is done, and each loop that it depends on has
 * completed a round lately.
 */
public final class Health {
  /**
   * A needed loop is late after this time. Loops go round once a second, but a daemon that shares
   * its processors with emulated guests is delayed now and then.
   */
  static final Duration MAX_AGE = Duration.ofSeconds(60);

  private final List<Loop> loops;
  private final Set<String> needed;
  private volatile boolean isStarted;

  /**
   * @param loops all loops of the daemon
   * @param needed names of those that must have completed a round within {@link #MAX_AGE}
   */
  public Health(List<Loop> loops, Set<String> needed) {
    this.loops = List.copyOf(loops);
    this.needed = Set.copyOf(needed);
  }

  /** The daemon's status. */
  public enum HealthStatus {
    /** What an earlier daemon left is still being recovered. */
    STARTING,
    OK,
    /** A needed loop has not completed a round within {@link #MAX_AGE}. */
    STALLED
  }

  /**
   * One loop.
   *
   * @param sinceLastRound time since its last successful round
   * @param isLate whether it is needed and this is more than {@link #MAX_AGE}
   */
  public record LoopAge(String name, Duration sinceLastRound, boolean isLate) {}

  /**
   * The daemon's status with that of its loops.
   *
   * @param loops empty while it is starting
   */
  public record HealthReport(HealthStatus status, List<LoopAge> loops) {}

  /** To be called once recovery is done. */
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

package dev.visco.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a VM's life.
 *
 * @param timeToLive until its destruction, above zero; null for no limit
 * @param deadline from launch to ready, above zero; a VM that misses it has failed
 * @param restart when it is started again after its machine has ended; null, as in rows of earlier
 *     versions, for the default
 * @param from from when the time to live counts; null, as in rows of earlier versions, for its
 *     creation
 */
public record Life(
    @Nullable Duration timeToLive, Duration deadline, RestartPolicy restart, TtlFrom from) {
  public Life(
      @Nullable Duration timeToLive,
      Duration deadline,
      @Nullable RestartPolicy restart,
      @Nullable TtlFrom from) {
    this.timeToLive = timeToLive;
    this.deadline = deadline;
    this.restart = RestartPolicy.orDefault(restart);
    this.from = TtlFrom.orDefault(from);
    checkDeadline(deadline);
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw Refused.invalid(
          "ttl",
          Durations.text(timeToLive),
          "is not a time to live",
          "Give a time above zero, like 2h.");
    }
  }

  /** With the default restart policy. */
  public Life(@Nullable Duration timeToLive, Duration deadline) {
    this(timeToLive, deadline, null);
  }

  /** With a time to live from its creation. */
  public Life(@Nullable Duration timeToLive, Duration deadline, @Nullable RestartPolicy restart) {
    this(timeToLive, deadline, restart, null);
  }

  /** After how long without a use it ends; null when it does not end so. */
  public @Nullable Duration idleTime() {
    return from == TtlFrom.USED ? timeToLive : null;
  }

  static void checkDeadline(Duration deadline) {
    if (deadline.isNegative() || deadline.isZero()) {
      throw Refused.invalid(
          "deadline",
          Durations.text(deadline),
          "is not after the launch",
          "Give a time above zero, like 120s.");
    }
  }
}

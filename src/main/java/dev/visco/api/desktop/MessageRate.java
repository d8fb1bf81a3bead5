package dev.visco.api.desktop;

import java.time.Duration;

/** A rate limiter with a burst of one second's worth. */
final class MessageRate {
  private final double nanosForEach;
  private final long burstNanos = Duration.ofSeconds(1).toNanos();

  /** Time ({@link System#nanoTime}) until which the budget is spent. */
  private long paid;

  private boolean hasBegun;

  MessageRate(int perSecond) {
    this.nanosForEach = 1e9 / perSecond;
  }

  /**
   * Counts messages that pass, and tells how long to wait before the next ones.
   *
   * @param now by {@link System#nanoTime}
   * @return nanoseconds to wait before the next ones, 0 for none
   */
  long after(long count, long now) {
    if (!hasBegun || paid - now < -burstNanos) {
      hasBegun = true;
      paid = now - burstNanos;
    }
    paid += (long) (count * nanosForEach);
    return Math.max(0, paid - now);
  }
}

package dev.visco.api;

import java.time.Duration;

/** Holds somebody to a rate: a second's worth at once, and then only as fast as the rate. */
final class MessageRate {
  private final double nanosForEach;
  private final long burstNanos = Duration.ofSeconds(1).toNanos();

  /** Up to when, by {@link System#nanoTime}, what was let through is paid for. */
  private long paid;

  private boolean hasBegun;

  MessageRate(int perSecond) {
    this.nanosForEach = 1e9 / perSecond;
  }

  /**
   * Lets so many through.
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

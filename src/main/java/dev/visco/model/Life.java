package dev.visco.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a VM's life.
 *
 * @param timeToLive from its creation to its destruction, above zero; null for no limit
 * @param deadline from launch to ready, above zero; a VM that misses it has failed
 */
public record Life(@Nullable Duration timeToLive, Duration deadline) {
  public Life {
    checkDeadline(deadline);
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw Refused.invalid(
          "ttl",
          Durations.text(timeToLive),
          "is not a time to live",
          "Give a time above zero, like 2h.");
    }
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

package dev.visco.lifecycle.monitor;

import dev.visco.model.Rate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How soon the room on the disk is to be looked up again: before the guests that run could have
 * written so much that less than half of the reserve is left, if all write as fast as they may.
 * Pure.
 */
final class DiskPace {
  /** However little is written. */
  static final Duration MAX = Duration.ofSeconds(5);

  /** However much is written: statvfs(3) takes microseconds, and the rows of all VMs are read. */
  static final Duration MIN = Duration.ofMillis(50);

  /**
   * Bytes a second of all guests together whose type sets no limit. They write into the host's page
   * cache, so that it is memory that bounds them and not the disk; more than this no two processors
   * of today copy.
   */
  static final long UNLIMITED = 2L << 30;

  private DiskPace() {}

  /**
   * The pause until the next look.
   *
   * @param free bytes now
   * @param reserve bytes that guests may not have
   * @param limits of each disk that a guest that runs writes to; null, and 0 bytes, for none
   */
  static Duration next(long free, long reserve, List<@Nullable Rate> limits) {
    long rate = 0;
    boolean isUnlimited = false;
    for (Rate limit : limits) {
      if (limit == null || limit.bytesPerSecond() == 0) {
        isUnlimited = true;
      } else {
        rate += limit.bytesPerSecond();
      }
    }
    rate += isUnlimited ? UNLIMITED : 0;
    if (rate == 0) {
      return MAX;
    }
    long half = reserve / 2;
    long left = free > half ? free - half : free / 2;
    double seconds = (double) left / rate;
    return Duration.ofMillis(Math.clamp((long) (seconds * 1000), MIN.toMillis(), MAX.toMillis()));
  }
}

package dev.visco.lifecycle.monitor;

import dev.visco.model.Rate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes when to check the free space again: before the running guests could have written so much
 * that less than half of the reserve is left, if all of them write as fast as they may. Pure.
 */
final class DiskPace {
  /** Maximum pause, however little can be written. */
  static final Duration MAX = Duration.ofSeconds(5);

  /** Minimum pause: statvfs(3) takes microseconds, but the rows of all VMs are read too. */
  static final Duration MIN = Duration.ofMillis(50);

  /**
   * Assumed rate of all guests without a limit together, in bytes a second. They write into the
   * host's page cache, so that memory bounds them and not the disk; two processors copy no more.
   */
  static final long UNLIMITED = 2L << 30;

  private DiskPace() {}

  /**
   * The pause until the next check.
   *
   * @param free free space now, in bytes
   * @param reserve space that guests may not use, in bytes
   * @param limits rate limit of each writable disk of a running guest; null or 0 bytes for none
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

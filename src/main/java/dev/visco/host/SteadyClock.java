package dev.visco.host;

/**
 * Time that only goes forward and is never set: for deadlines, pauses and ages. The wall clock is
 * for what people read.
 */
public interface SteadyClock {
  /**
   * Nanoseconds since this host's boot. Times of one boot can be compared whichever process took
   * them; those of two boots cannot.
   */
  long nanos();

  /** Milliseconds since this host's boot. */
  default long uptimeMillis() {
    return Math.floorDiv(nanos(), 1_000_000L);
  }

  /**
   * This host's own: HotSpot's {@link System#nanoTime} on Linux is CLOCK_MONOTONIC of
   * clock_gettime(2) as it is (os_posix.cpp), which begins with the boot and is the same for every
   * process.
   */
  static SteadyClock ofHost() {
    return System::nanoTime;
  }
}

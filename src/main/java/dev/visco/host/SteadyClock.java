package dev.visco.host;

/** A monotonic clock, for deadlines, pauses and ages. The wall clock is for what people read. */
public interface SteadyClock {
  /**
   * Nanoseconds since this host's boot. Times of one boot can be compared between processes; those
   * of two boots cannot.
   */
  long nanos();

  /** Milliseconds since this host's boot. */
  default long uptimeMillis() {
    return Math.floorDiv(nanos(), 1_000_000L);
  }

  /**
   * This host's clock: on Linux, HotSpot's {@link System#nanoTime} is CLOCK_MONOTONIC of
   * clock_gettime(2) unchanged (os_posix.cpp), which begins with the boot and is the same for every
   * process.
   */
  static SteadyClock ofHost() {
    return System::nanoTime;
  }
}

package dev.visco.host;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits, with a deadline, for a condition that nothing signals. */
public final class Waiting {
  private static final Duration PERIOD = Duration.ofMillis(5);

  private Waiting() {}

  /** Tests the condition every 5 ms; false when the deadline passed first. */
  public static boolean until(Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause(PERIOD);
    }
    return true;
  }

  /** Waits between two tests; an interruption is a fault. */
  public static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    }
  }
}

package dev.visco.vmm;

import dev.visco.host.HostFault;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a thing that sends no word when it happens. */
public final class Waiting {
  private static final Duration PERIOD = Duration.ofMillis(5);

  private Waiting() {}

  /** Looks every few milliseconds; false when the deadline passed first. */
  public static boolean until(Duration deadline, BooleanSupplier thing) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!thing.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause(PERIOD);
    }
    return true;
  }

  /** Between two looks; an interruption is a fault. */
  public static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    }
  }
}

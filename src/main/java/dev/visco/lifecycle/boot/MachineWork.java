package dev.visco.lifecycle.boot;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a machine computes, by the processor time that it uses. A guest that copies files or
 * grows a file system says nothing for a while, and is at work all the same.
 */
final class MachineWork {
  /** Samples that are closer together are left out: processor time is counted in steps of 10 ms. */
  private static final long MIN_MILLIS = 2000;

  /** An emulated guest that only waits uses a hundredth of a processor, and some when probed. */
  private static final double BUSY = 0.2;

  private long sampledAt;
  private @Nullable Duration sampled;
  private long last;

  /**
   * @param launched when the machine was launched, in milliseconds
   */
  MachineWork(long launched) {
    this.last = launched;
  }

  /**
   * Notes what has been used.
   *
   * @param now in milliseconds
   * @param cpu processor time since the launch; null when not known
   */
  void sample(long now, @Nullable Duration cpu) {
    if (cpu == null || (sampled != null && now - sampledAt < MIN_MILLIS)) {
      return;
    }
    if (sampled != null && cpu.minus(sampled).toMillis() >= BUSY * (now - sampledAt)) {
      last = now;
    }
    sampled = cpu;
    sampledAt = now;
  }

  /** When it was last seen at work, in milliseconds. */
  long last() {
    return last;
  }
}

package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** Both clocks of a host; they stand still until a test moves them. */
public final class TestClock implements InstantSource, SteadyClock {
  private record Times(Instant now, Duration sinceBoot) {}

  private final AtomicReference<Times> times =
      new AtomicReference<>(
          new Times(Instant.parse("2026-01-02T03:04:05Z"), Duration.ofMinutes(10)));

  /** Time passes, for both at once. */
  public void advance(Duration by) {
    times.updateAndGet(at -> new Times(at.now().plus(by), at.sinceBoot().plus(by)));
  }

  /** Somebody sets the wall clock; no time passes. */
  public void step(Duration by) {
    times.updateAndGet(at -> new Times(at.now().plus(by), at.sinceBoot()));
  }

  @Override
  public Instant instant() {
    return times.get().now();
  }

  @Override
  public long nanos() {
    return times.get().sinceBoot().toNanos();
  }
}

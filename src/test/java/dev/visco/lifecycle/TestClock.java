package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** Both clocks of a host; they stand still until a test moves them. */
final class TestClock implements InstantSource, SteadyClock {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-02T03:04:05Z"));
  private final AtomicReference<Duration> sinceBoot = new AtomicReference<>(Duration.ofMinutes(10));

  /** Time passes. */
  void advance(Duration by) {
    now.updateAndGet(at -> at.plus(by));
    sinceBoot.updateAndGet(at -> at.plus(by));
  }

  /** Somebody sets the wall clock; no time passes. */
  void step(Duration by) {
    now.updateAndGet(at -> at.plus(by));
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  @Override
  public long nanos() {
    return sinceBoot.get().toNanos();
  }
}

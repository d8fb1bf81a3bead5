package dev.visco.signin.session;

import dev.visco.host.SteadyClock;
import dev.visco.store.SignInRow;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Times of one sign-in by the monotonic clock, so that setting the wall clock ends nothing. The
 * wall clock tells only how much an earlier daemon has left of its time.
 */
final class SignInClock {
  private final SteadyClock steady;
  private final long deadline;
  private long seen;
  private long since;

  SignInClock(SignInRow row, InstantSource wall, SteadyClock steady) {
    this.steady = steady;
    long whole = row.deadline() - row.created();
    long left = Math.clamp(row.deadline() - wall.millis(), 0, whole);
    this.deadline = steady.uptimeMillis() + left;
    this.seen = steady.uptimeMillis();
    this.since = steady.uptimeMillis();
  }

  /** Its user was heard of. */
  synchronized void seen() {
    seen = steady.uptimeMillis();
  }

  /** What it waits for now begins now. */
  synchronized void begins() {
    since = steady.uptimeMillis();
  }

  boolean isOver() {
    return steady.uptimeMillis() >= deadline;
  }

  synchronized boolean isIdle(Duration max) {
    return steady.uptimeMillis() - seen >= max.toMillis();
  }

  synchronized boolean isSlow(Duration max) {
    return steady.uptimeMillis() - since >= max.toMillis();
  }
}

package dev.visco.lifecycle;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Wakes whoever waits for a row to change, inside this process. */
final class Changes {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private long told;

  void tell() {
    lock.lock();
    try {
      told++;
      happened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns once {@code thing} is so, which is looked at after every change, or when the time is
   * up.
   */
  void await(Duration most, BooleanSupplier thing) throws InterruptedException {
    long left = most.toNanos();
    lock.lock();
    try {
      while (left > 0 && !thing.getAsBoolean()) {
        left = happened.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * How many changes there were. Whoever takes it before it looks at the rows misses none in {@link
   * #awaitAfter}.
   */
  long count() {
    lock.lock();
    try {
      return told;
    } finally {
      lock.unlock();
    }
  }

  /** Returns once there were more changes than {@code count}, or when the time is up. */
  void awaitAfter(long count, long millis) throws InterruptedException {
    await(Duration.ofMillis(millis), () -> told > count);
  }
}

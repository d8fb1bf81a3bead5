package dev.visco.lifecycle;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Wakes whoever waits for a row to change, inside this process. */
final class Changes {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();

  void tell() {
    lock.lock();
    try {
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

  /** Waits for the next change, or until the time is up. */
  void awaitNext(long millis) throws InterruptedException {
    lock.lock();
    try {
      boolean told = happened.await(millis, TimeUnit.MILLISECONDS);
      assert told || millis >= 0;
    } finally {
      lock.unlock();
    }
  }
}

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
  private long count;

  void tell() {
    lock.lock();
    try {
      count++;
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

  /** How many there were; to be asked before looking at what may change. */
  long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there were more than {@code seen} changes, or the time is up. One that came while
   * the caller still looked at the rows is not missed.
   */
  void awaitAfter(long seen, long millis) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lock();
    try {
      while (left > 0 && count == seen) {
        left = happened.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}

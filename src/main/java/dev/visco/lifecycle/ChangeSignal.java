package dev.visco.lifecycle;

import dev.visco.model.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Wakes whoever waits for a row to change, inside this process. Whoever waits for one VM is woken
 * by that VM's changes alone, and what it waits for is evaluated outside of every lock: a change
 * costs the same however many wait for other VMs.
 */
public final class ChangeSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private final Map<VmId, Set<Listener>> listeners = new ConcurrentHashMap<>();
  private long changes;

  /** To be called after a change of this VM's row was committed. */
  public void signal(VmId id) {
    lock.lock();
    try {
      changes++;
      happened.signalAll();
    } finally {
      lock.unlock();
    }
    for (Listener listener : listeners.getOrDefault(id, Set.of())) {
      listener.onChange.run();
    }
  }

  /** A class of its own, so that two listeners are never equal. */
  private static final class Listener {
    private final Runnable onChange;

    Listener(Runnable onChange) {
      this.onChange = onChange;
    }
  }

  /** A listener, until it is closed. */
  interface Listening extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Has {@code onChange} run after each change of this VM, by whoever made the change: it must not
   * block and not throw.
   */
  Listening listen(VmId id, Runnable onChange) {
    var listener = new Listener(onChange);
    listeners.compute(
        id,
        (vm, known) -> {
          Set<Listener> all = known == null ? ConcurrentHashMap.newKeySet() : known;
          all.add(listener);
          return all;
        });
    return () ->
        listeners.computeIfPresent(
            id,
            (vm, known) -> {
              known.remove(listener);
              return known.isEmpty() ? null : known;
            });
  }

  /** How many listen now, to whatever VM. */
  int listeners() {
    return listeners.values().stream().mapToInt(Set::size).sum();
  }

  /**
   * Returns once {@code thing} is so, which is evaluated first and after changes of these VMs, or
   * when the time is up. It may evaluate as slowly as it likes: it holds up nobody else.
   */
  public void await(Collection<VmId> ids, Duration max, BooleanSupplier thing)
      throws InterruptedException {
    long end = System.nanoTime() + max.toNanos();
    var changed = new Semaphore(0);
    var listenings = new ArrayList<Listening>();
    try {
      ids.forEach(id -> listenings.add(listen(id, changed::release)));
      while (!thing.getAsBoolean()) {
        if (!changed.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return;
        }
        changed.drainPermits(); // Several changes are evaluated once.
      }
    } finally {
      listenings.forEach(Listening::close);
    }
  }

  /**
   * How many changes there were, of whatever VM. Whoever takes it before it reads the rows misses
   * none in {@link #awaitAfter}.
   */
  public long count() {
    lock.lock();
    try {
      return changes;
    } finally {
      lock.unlock();
    }
  }

  /** Returns once there were more changes than {@code count}, or when the time is up. */
  public void awaitAfter(long count, long millis) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lock();
    try {
      while (left > 0 && changes <= count) {
        left = happened.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}

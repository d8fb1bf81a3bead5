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
 * Wakes threads of this process that wait for a VM's row to change. A thread that waits for one VM
 * is woken by that VM's changes only, and evaluates its condition outside of every lock, so that
 * the cost of a change does not depend on how many threads wait for other VMs.
 */
public final class ChangeSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private final Map<VmId, Set<SignalListener>> listeners = new ConcurrentHashMap<>();
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
    for (SignalListener listener : listeners.getOrDefault(id, Set.of())) {
      listener.onChange.run();
    }
  }

  /** Compared by identity, since the same {@code Runnable} may be registered twice. */
  private static final class SignalListener {
    private final Runnable onChange;

    SignalListener(Runnable onChange) {
      this.onChange = onChange;
    }
  }

  /** A registered listener; closing removes it. */
  interface Listening extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Has {@code onChange} run after each change of this VM. It runs on the thread that made the
   * change, so that it must neither block nor throw.
   */
  Listening listen(VmId id, Runnable onChange) {
    var listener = new SignalListener(onChange);
    listeners.compute(
        id,
        (vm, known) -> {
          Set<SignalListener> all = known == null ? ConcurrentHashMap.newKeySet() : known;
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

  /** Number of registered listeners, of all VMs. */
  int listeners() {
    return listeners.values().stream().mapToInt(Set::size).sum();
  }

  /**
   * Returns once {@code thing} is true, or after {@code max}. It is evaluated at once and then
   * after changes of these VMs; it may be slow, since it holds up no other thread.
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
   * Number of changes so far, of all VMs. A caller that takes it before it reads the rows misses no
   * change in {@link #awaitAfter}.
   */
  public long count() {
    lock.lock();
    try {
      return changes;
    } finally {
      lock.unlock();
    }
  }

  /** Returns once there were more than {@code count} changes, or after {@code millis}. */
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

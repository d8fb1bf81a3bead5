package dev.visco.host;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A few platform threads for computing on data from guests and operators: consoles, evidence,
 * pictures, kernels. A virtual thread keeps its carrier while it computes, and there are only as
 * many carriers as processors, so that long computations would block the conductor, the monitors
 * and the API. Here the kernel divides the processors among threads, and each piece of work has a
 * deadline.
 */
public final class WorkPool {
  private static final WorkPool SHARED =
      new WorkPool("work", Math.max(2, Runtime.getRuntime().availableProcessors()));

  /** Computing for one guest must delay neither commands in other guests nor the API. */
  private static final int NICE = 5;

  private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

  private final String name;
  private final int threads;
  private final Semaphore free;

  /**
   * @param threads how many pieces of work run at once
   */
  public WorkPool(String name, int threads) {
    this.name = name;
    this.threads = threads;
    this.free = new Semaphore(threads, true);
  }

  /**
   * The pool of this process, for work of up to some seconds; it has as many threads as there are
   * processors.
   */
  public static WorkPool shared() {
    return SHARED;
  }

  /** A piece of work. */
  public interface Work<T, E extends Exception> {
    T run() throws E;
  }

  /**
   * Runs the work on a thread of the pool and waits for it. On a thread of any pool, it runs at
   * once on the same thread.
   *
   * @param what words for the work, for a message: "judging the console of vm-12345678"
   * @param max the time limit, including the wait for a thread
   * @throws Busy when no thread was free in time
   * @throws HostFault when it did not end in time; it is interrupted, and keeps its thread until it
   *     ends
   */
  @SuppressWarnings("unchecked") // Of checked exceptions it throws only what the work declares.
  public <T, E extends Exception> T run(String what, Duration max, Work<T, E> work) throws E {
    if (INSIDE.get()) {
      return work.run();
    }
    long end = System.nanoTime() + max.toNanos();
    take(what, max);
    var task = new FutureTask<T>(work::run);
    try {
      Thread.ofPlatform().name(name).daemon().start(() -> inside(task));
    } catch (RuntimeException | Error e) {
      free.release(); // No thread is free.
      throw e;
    }
    try {
      return task.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw new HostFault(
          "%s did not end within %d ms and was given up".formatted(what, max.toMillis()), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (E) e.getCause();
    } catch (InterruptedException e) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted while " + what + " was under way", e);
    }
  }

  private void inside(FutureTask<?> task) {
    try {
      INSIDE.set(true);
      CLibrary.yieldToOthers(NICE);
      task.run(); // This does nothing when the work was given up already.
    } finally {
      free.release();
    }
  }

  private void take(String what, Duration max) {
    try {
      if (free.tryAcquire(max.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted before " + what, e);
    }
    throw new Busy(
        "%s did not begin within %d ms: all %d threads for such work are taken"
            .formatted(what, max.toMillis(), threads));
  }

  /** The number of free threads. */
  int free() {
    return free.availablePermits();
  }
}

package dev.visco.host;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A few threads of the operating system for work that takes processor time on bytes which others
 * made: consoles, evidence, pictures, kernels. A virtual thread is never taken off its carrier
 * while it computes, and there are as few carriers as processors: what computes there too long
 * holds up the conductor, the watch and the API. Here the kernel shares the processors out, each
 * piece of work has a deadline, and who waits for it is told when that has passed.
 */
public final class WorkPool {
  private static final WorkPool SHARED =
      new WorkPool("work", Math.max(2, Runtime.getRuntime().availableProcessors()));

  /**
   * What guests make us compute shall keep neither commands in other guests nor the API waiting.
   */
  private static final int NICE = 5;

  private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

  private final String name;
  private final int threads;
  private final Semaphore free;

  /**
   * @param threads how many pieces of work at once
   */
  public WorkPool(String name, int threads) {
    this.name = name;
    this.threads = threads;
    this.free = new Semaphore(threads, true);
  }

  /** The daemon's own, for work of seconds; as many threads as there are processors. */
  public static WorkPool shared() {
    return SHARED;
  }

  /** A piece of work. */
  public interface Work<T, E extends Exception> {
    T run() throws E;
  }

  /**
   * Does the work on a thread of the pool and waits for it. Within work of any pool it is done at
   * once, by the same thread.
   *
   * @param what the work in words, for a message: "judging the console of vm-12345678"
   * @param max from now on, waiting for a thread included
   * @throws Busy when no thread was free in time
   * @throws HostFault when it did not end in time; it is interrupted then, and keeps its thread
   *     until it has ended
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
      free.release(); // There is no thread to be had.
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
      task.run(); // Which does nothing when it was given up already.
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

  /** How many threads are free now. */
  int free() {
    return free.availablePermits();
  }
}

package dev.visco.host;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Work on a thread of its own, whose result the starting thread takes later. Closing it waits for
 * its end, so that nothing of it goes on when the start that it belongs to is undone.
 */
public final class BackgroundTask<T> implements AutoCloseable {
  private final FutureTask<T> task;

  /**
   * Starts it, on a platform thread: such work waits in the kernel, and would hold one of the few
   * carriers of the virtual threads meanwhile, for which others would wait.
   */
  public BackgroundTask(Supplier<T> work) {
    task = new FutureTask<>(work::get);
    Thread.ofPlatform().start(task);
  }

  /** Starts work without a result. */
  public static BackgroundTask<?> of(Runnable work) {
    return new BackgroundTask<>(() -> {
      work.run();
      return work;
    });
  }

  /** Waits for its end, and returns its result or rethrows its exception. */
  public T join() {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException fault -> throw fault;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("a Supplier throws nothing else", e);
      }
    }
  }

  /** Waits for its end, whatever its result. */
  @Override
  public void close() {
    boolean isInterrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true; // It ends soon, and what it makes must not be left behind.
      } catch (ExecutionException e) {
        break; // Whoever needs its result is told.
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

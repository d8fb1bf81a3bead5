package dev.visco.vmm.firecracker;

import dev.visco.host.HostFault;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Work on a thread of its own, which the starting thread joins later. */
final class BackgroundTask {
  private final FutureTask<@Nullable Void> task;

  BackgroundTask(Runnable work) {
    task = new FutureTask<>(work, null);
    Thread.ofVirtual().start(task);
  }

  /** Waits for its end and rethrows its exception. */
  void join() {
    try {
      task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException fault -> throw fault;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("a Runnable throws nothing else", e);
      }
    }
  }
}

package dev.visco.delivery;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One piece of work for each user at a time, each on a thread of its own. */
final class UserWork implements AutoCloseable {
  private static final Duration CLOSE = Duration.ofSeconds(20);
  private final Map<String, Thread> running = new HashMap<>();
  private boolean closed;

  /** Starts work for a user, unless earlier work for them has not ended. */
  synchronized void start(String user, Runnable work) {
    if (closed || running.containsKey(user)) {
      return;
    }
    running.put(
        user,
        Thread.ofVirtual()
            .name("credentials of " + user)
            .start(() -> {
              try {
                work.run();
              } finally {
                ended(user);
              }
            }));
  }

  private synchronized void ended(String user) {
    running.remove(user);
  }

  private synchronized List<Thread> end() {
    closed = true;
    return List.copyOf(running.values());
  }

  /** Interrupts what runs, and waits for its end. */
  @Override
  public void close() {
    List<Thread> threads = end();
    threads.forEach(Thread::interrupt);
    long until = System.nanoTime() + CLOSE.toNanos();
    try {
      for (Thread thread : threads) {
        thread.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

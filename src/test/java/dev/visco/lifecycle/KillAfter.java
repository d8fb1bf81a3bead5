package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A {@code kill -9} of the daemon after a number of effects, whichever they are. */
final class KillAfter implements FakeWorld.Interruption {
  private final AtomicInteger left;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<Runnable> death = new AtomicReference<>();
  private boolean isBegun;

  KillAfter(int effects) {
    left = new AtomicInteger(effects);
  }

  /** What takes the store from the daemon; to be told before it works. */
  void of(Runnable daemon) {
    death.set(daemon);
  }

  @Override
  public void at(String point) {
    if (isDead()) {
      awaitDeath();
      throw new Killed();
    }
    if (!point.equals("look") && left.getAndDecrement() <= 0) {
      kill();
      throw new Killed();
    }
  }

  /** Until nothing can be recorded any more: a process that is killed notes no failure. */
  private void awaitDeath() {
    boolean isInterrupted = false;
    while (true) {
      try {
        await();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized boolean isDead() {
    return isBegun;
  }

  /** Returns once the daemon is dead, whoever killed it. */
  void kill() {
    synchronized (this) {
      if (isBegun) {
        return;
      }
      isBegun = true;
    }
    death.get().run();
    over.countDown();
  }

  void await() throws InterruptedException {
    assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
  }

  /** Starts the daemon and kills it, at the latest after this time. */
  void start(Runnable daemon, Duration most) {
    work(daemon);
    try {
      if (!over.await(most.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What is asked of a daemon; that it dies meanwhile is no failure. */
  void work(Runnable asked) {
    try {
      asked.run();
    } catch (RuntimeException | Killed e) {
      assertThat(isDead()).as("%s", e).isTrue(); // Its store was taken from it.
    }
  }

  /** No {@link Exception}, so that nothing handles it: a killed process handles nothing. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }
}

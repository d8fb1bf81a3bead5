package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Stops the thread that comes to the point for good, after the store was taken from it. */
final class Kill implements FakeWorld.Interruption {
  private final String where;
  private final CountDownLatch reached = new CountDownLatch(1);
  private final AtomicReference<Runnable> death = new AtomicReference<>();

  Kill(String where) {
    this.where = where;
  }

  /** Right before and right after each of these effects. */
  static Stream<String> points(List<String> effects) {
    return effects.stream().flatMap(effect -> Stream.of("before " + effect, "after " + effect));
  }

  /** What takes the store from the daemon that is to die; told before it comes to the point. */
  void of(Runnable daemon) {
    death.set(daemon);
  }

  @Override
  public void at(String point) {
    if (point.equals(where) && reached.getCount() > 0) {
      death.get().run();
      reached.countDown();
      throw new ThreadDeath();
    }
    // A killed process does nothing more.
    if (reached.getCount() == 0) {
      throw new ThreadDeath();
    }
  }

  void await() throws InterruptedException {
    assertThat(reached.await(20, TimeUnit.SECONDS)).as("the daemon came to " + where).isTrue();
  }

  /** No {@link Exception}, so that nothing handles it: a killed process handles nothing. */
  private static final class ThreadDeath extends Error {
    private static final long serialVersionUID = 1;
  }
}

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.Health.HealthStatus;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The daemon's loops go on whatever happens in them, and it is known when one does not. */
class HealthTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private final TestClock clock = new TestClock();

  @Test
  void aRoundThatFailsByAnErrorIsFollowedByTheNext() {
    var rounds = new AtomicInteger();
    var loop =
        new Loop(
            "test",
            SHORT,
            clock,
            () -> {
              if (rounds.incrementAndGet() < 3) {
                throw new OutOfMemoryError("as if");
              }
              Thread.sleep(1);
            });
    loop.start();
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> rounds.get() > 5);
    loop.close();
    int last = rounds.get();
    assertThat(loop.isClosed()).isTrue();
    assertThat(rounds).hasValue(last);
  }

  @Test
  void itIsNotOkBeforeItHasStartedAndWhileANeededLoopStandsStill() throws Exception {
    var turns = new SynchronousQueue<String>();
    var needed = new Loop("conductor", SHORT, clock, turns::take);
    var other = new Loop("slot-keeper", SHORT, clock, () -> new CountDownLatch(1).await());
    var health = new Health(List.of(needed, other), Set.of("conductor"));
    assertThat(health.report().status()).isEqualTo(HealthStatus.STARTING);
    try (needed;
        other) {
      needed.start();
      other.start();
      health.started();
      assertThat(health.report().status()).isEqualTo(HealthStatus.OK);
      clock.advance(Health.MAX_AGE.plusMillis(1));
      assertThat(health.report().status()).isEqualTo(HealthStatus.STALLED);
      assertThat(health.report().loops())
          .extracting(Health.LoopAge::isLate)
          .as("a slot may take long")
          .containsExactly(true, false);
      assertThat(turns.offer("go", 10, TimeUnit.SECONDS)).isTrue();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> health.report().status() == HealthStatus.OK);
      // Nobody goes round because of a clock that is set.
      clock.step(Duration.ofDays(1));
      assertThat(health.report().status()).isEqualTo(HealthStatus.OK);
    }
  }

  @Test
  void aLoopWhoseRoundsAllFailIsNotOk() {
    var rounds = new AtomicInteger();
    var loop =
        new Loop(
            "conductor",
            SHORT,
            clock,
            () -> {
              rounds.incrementAndGet();
              throw new IllegalStateException("the store is gone");
            });
    var health = new Health(List.of(loop), Set.of("conductor"));
    try (loop) {
      loop.start();
      health.started();
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> rounds.get() > 0);
      clock.advance(Health.MAX_AGE.plusMillis(1));
      int before = rounds.get();
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> rounds.get() > before);
      assertThat(health.report().status()).isEqualTo(HealthStatus.STALLED);
    }
  }
}

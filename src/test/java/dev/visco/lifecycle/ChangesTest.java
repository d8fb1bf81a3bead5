package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody who waits for a change misses one. */
@Timeout(60)
class ChangesTest {
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();
  private final Changes changes = new Changes();

  @Test
  void aChangeBetweenTheLookAndTheWaitEndsTheWait() throws Exception {
    long seen = changes.count();
    changes.tell();
    changes.awaitAfter(seen, HOUR_MILLIS);
    assertThat(changes.count()).isEqualTo(seen + 1);
  }

  @Test
  void aLaterChangeEndsTheWait() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long seen = changes.count();
      Future<?> waiting =
          threads.submit(() -> {
            changes.awaitAfter(seen, HOUR_MILLIS);
            return seen;
          });
      changes.tell();
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo(seen);
    }
  }

  @Test
  void aWaitWithoutAChangeEndsWithItsTime() throws Exception {
    long begin = System.nanoTime();
    changes.awaitAfter(changes.count(), 20);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(19));
  }
}

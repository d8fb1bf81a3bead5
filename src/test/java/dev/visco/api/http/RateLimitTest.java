package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private long nanos = 1000;

  private RateLimit limit(int permits, int burst) {
    return new RateLimit(permits, Duration.ofSeconds(1), burst, () -> nanos);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private static int taken(RateLimit limit, String key) {
    int taken = 0;
    while (limit.take(key).isEmpty()) {
      taken++;
    }
    return taken;
  }

  @Test
  void oneThatWasIdleMayTakeABurstAndThenTheRate() {
    RateLimit limit = limit(10, 30);
    assertThat(taken(limit, "a")).isEqualTo(30);
    pass(Duration.ofMillis(500));
    assertThat(taken(limit, "a")).isEqualTo(5);
    pass(Duration.ofHours(1));
    assertThat(taken(limit, "a")).as("no more than the burst is saved").isEqualTo(30);
  }

  @Test
  void itIsToldWhenThereIsOneAgain() {
    RateLimit limit = limit(4, 4);
    taken(limit, "a");
    Duration wait = limit.take("a").orElseThrow();
    assertThat(wait).isBetween(Duration.ofMillis(249), Duration.ofMillis(251));
    pass(wait.minusMillis(2));
    assertThat(limit.take("a")).isPresent();
    pass(Duration.ofMillis(2));
    assertThat(limit.take("a")).isEmpty();
  }

  @Test
  void eachKeyHasItsOwn() {
    RateLimit limit = limit(1, 2);
    assertThat(taken(limit, "a")).isEqualTo(2);
    assertThat(taken(limit, "b")).isEqualTo(2);
  }

  @Test
  void manyKeysTakeNoMoreMemory() {
    RateLimit limit = limit(1, 1);
    assertThat(taken(limit, "first")).isEqualTo(1);
    for (int number = 0; number < 10_000; number++) {
      limit.take("key " + number);
    }
    assertThat(limit.take("first")).as("it is forgotten").isEmpty();
    assertThat(limit.take("key 9999")).as("and this one is not").isPresent();
  }

  @Test
  void withoutALimitNobodyWaits() {
    RateLimit limit = RateLimit.none();
    for (int number = 0; number < 1000; number++) {
      assertThat(limit.take("a")).isEmpty();
    }
  }
}

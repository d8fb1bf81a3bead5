package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageRateTest {
  private static final long SECOND = 1_000_000_000L;
  private final MessageRate pace = new MessageRate(10);

  @Test
  void aSecondsWorthGoesThroughAtOnceAndThenEachWaits() {
    long now = -5 * SECOND;
    assertThat(pace.after(10, now)).isZero();
    assertThat(pace.after(1, now)).isEqualTo(SECOND / 10);
    assertThat(pace.after(1, now + SECOND / 5)).isZero();
  }

  @Test
  void whatWasNotUsedForLongIsNotSavedUp() {
    pace.after(1, 0);
    assertThat(pace.after(10, 60 * SECOND)).isZero();
    assertThat(pace.after(5, 60 * SECOND)).isEqualTo(SECOND / 2);
  }

  /** Whoever waits as long as told gets the rate, and not more than a second's worth besides. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void overALongTimeItIsTheRate(long seed) {
    var random = new Random(seed);
    long now = 0;
    long all = 0;
    while (now < 100 * SECOND) {
      long count = random.nextInt(4);
      all += count;
      now += pace.after(count, now) + random.nextInt(1000);
    }
    assertThat(all).isBetween(990L, 1015L);
  }
}

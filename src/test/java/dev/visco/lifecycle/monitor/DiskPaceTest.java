package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How soon the room on the disk is looked up again. */
class DiskPaceTest {
  private static final long MIB = 1 << 20;
  private static final long RESERVE = 1024 * MIB;

  private static List<@Nullable Rate> guests(int number, @Nullable Rate limit) {
    var limits = new ArrayList<@Nullable Rate>();
    for (int guest = 0; guest < number; guest++) {
      limits.add(limit);
    }
    return limits;
  }

  @Test
  void whereNoGuestRunsThereIsNoHurry() {
    assertThat(DiskPace.next(0, RESERVE, List.of())).isEqualTo(DiskPace.MAX);
  }

  /**
   * Guests that all write as fast as they may from one look to the next never come below half of
   * the reserve, but for what they write in the shortest pause.
   */
  @ParameterizedTest
  @CsvSource({
    "100, 50",
    "5000, 50",
    "100000, 50",
    "5000, 400",
    "1200, 50",
    "1025, 50",
    "600, 50",
    "5000, 5"
  })
  void fromOneLookToTheNextNoGuestAtItsLimitComesBelowHalfOfTheReserve(long freeMib, long rate) {
    for (int number : new int[] {1, 10, 100}) {
      Duration pause =
          DiskPace.next(freeMib * MIB, RESERVE, guests(number, new Rate(rate * MIB, 0)));
      double written = pause.toMillis() / 1000.0 * number * rate * MIB;
      double shortest = DiskPace.MIN.toMillis() / 1000.0 * number * rate * MIB;
      double bound =
          freeMib * MIB > RESERVE / 2 ? freeMib * MIB - RESERVE / 2.0 : freeMib * MIB / 2.0;
      assertThat(written).isLessThanOrEqualTo(Math.max(bound, shortest));
      assertThat(pause).isBetween(DiskPace.MIN, DiskPace.MAX);
    }
  }

  @Test
  void itIsAsLongAsThatAllows() {
    // 1024 - 512 MiB at 256 MiB/s.
    assertThat(DiskPace.next(RESERVE, RESERVE, guests(2, new Rate(128 * MIB, 100))))
        .isEqualTo(Duration.ofSeconds(2));
    assertThat(DiskPace.next(RESERVE, RESERVE, guests(2, new Rate(1, 0)))).isEqualTo(DiskPace.MAX);
  }

  @Test
  void guestsWithoutALimitAreTakenToFillMemoryTogether() {
    long free = RESERVE / 2 + DiskPace.UNLIMITED;
    assertThat(DiskPace.next(free, RESERVE, guests(1, null))).isEqualTo(Duration.ofSeconds(1));
    assertThat(DiskPace.next(free, RESERVE, guests(50, new Rate(0, 9))))
        .isEqualTo(Duration.ofSeconds(1));
  }
}

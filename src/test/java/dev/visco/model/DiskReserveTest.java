package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a file system is kept free of guests. */
class DiskReserveTest {
  private static final long GIB = 1L << 30;
  private static final long MIB = 1 << 20;

  @Test
  void asAPartAsASizeOrAsUsual() {
    assertThat(DiskReserve.of("disk.reserve", "10%").bytes(100 * GIB)).isEqualTo(10 * GIB);
    assertThat(DiskReserve.of("disk.reserve", "3g").bytes(100 * GIB)).isEqualTo(3 * GIB);
    assertThat(DiskReserve.STANDARD.bytes(10 * GIB)).isEqualTo(GIB / 2);
    assertThat(DiskReserve.STANDARD.bytes(1000 * GIB)).isEqualTo(2 * GIB);
    assertThat(DiskReserve.NONE.bytes(1000 * GIB)).isZero();
  }

  @Test
  void aQuarterOfItMustBeFreeBesidesWithinBounds() {
    assertThat(DiskReserve.of("", "1g").enough(100 * GIB)).isEqualTo(GIB + 256 * MIB);
    assertThat(DiskReserve.of("", "16m").enough(100 * GIB)).isEqualTo((16 + 64) * MIB);
    assertThat(DiskReserve.of("", "16m").enough(256 * MIB)).isEqualTo((16 + 32) * MIB);
    assertThat(DiskReserve.of("", "20g").enough(100 * GIB)).isEqualTo(20 * GIB + 512 * MIB);
    assertThat(DiskReserve.NONE.enough(100 * GIB)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0%", "51%", "100%", "-1%", "5 %", "15m", "0g", "2", "much"})
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> DiskReserve.of("disk.reserve", text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("disk.reserve");
  }
}

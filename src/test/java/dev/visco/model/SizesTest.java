package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes as people write them. */
class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "512MiB, 512",
    "512mb, 512",
    "2GiB, 2048",
    "1GB, 1024",
    "512m, 512",
    "8g, 8192",
    "8G, 8192",
    "2t, 2097152",
    "0m, 0",
    "999999999m, 999999999"
  })
  void aSizeIsANumberOfMib(String text, long mib) {
    assertThat(Sizes.mib("disk", text)).isEqualTo(mib);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "8",
        "g",
        "-1g",
        "1.5g",
        "8 g",
        "8gib8",
        "8gi",
        "8ib",
        "8k",
        "9999999999m",
        "8g\n"
      })
  void whatIsNoneIsRefusedWithTheField(String text) {
    assertThatThrownBy(() -> Sizes.mib("disk", text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("disk")
        .hasMessageContaining("is not a size");
  }

  @Test
  void aNumberAloneMayBeOneOfMib() {
    assertThat(Sizes.mibOrNumber("memory", "512")).isEqualTo(512);
    assertThat(Sizes.mibOrNumber("memory", "2g")).isEqualTo(2048);
    assertThat(MachineShape.memory("512MiB")).isEqualTo(512);
    assertThat(MachineShape.memory("999999999t")).isEqualTo(Integer.MAX_VALUE);
    for (String text : new String[] {"", "-1", "1.5g", "lots", "2 g"}) {
      assertThatThrownBy(() -> MachineShape.memory(text))
          .as(text)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("memory \"" + text + "\" is not a size");
    }
  }

  @Test
  void itIsWrittenInTheLargestUnitThatLosesNothing() {
    assertThat(Sizes.text(2050)).isEqualTo("2050m");
    assertThat(Sizes.text(2048)).isEqualTo("2g");
    assertThat(Sizes.text(3 << 20)).isEqualTo("3t");
    assertThat(Sizes.text(0)).isEqualTo("0m");
  }

  @Test
  void theSameInBytes() {
    assertThat(Sizes.bytes("size", "2g")).isEqualTo(2L << 30);
    assertThat(Sizes.bytesText(1536L << 20)).isEqualTo("1536m");
    assertThat(Sizes.bytesText(1023)).isEqualTo("0m");
    assertThatThrownBy(() -> Sizes.bytes("size", "999999999t"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("size \"999999999t\"");
  }
}

package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the time stamp counter's rate comes from, and when it is not known. */
class TscRateTest {
  private static final String CPU_INFO =
      "processor\t: 0\ncpu MHz\t\t: 800.017\ncache size\t: 1 KB\n";
  private final Path none = Path.of("/nonexistent");
  @TempDir Path frequency;

  @Test
  void theKernelsOwnBestMeasurementWins() {
    String log =
        """
        [    0.000000] tsc: Detected 2600.000 MHz processor
        [    0.000000] tsc: Detected 2592.000 MHz TSC
        [    1.480000] tsc: Refined TSC clocksource calibration: 2591.999 MHz
        """;
    assertThat(TscRate.khz(log, frequency, CPU_INFO)).isEqualTo(2_591_999);
    String withoutRefined = log.substring(0, log.indexOf("[    1.4"));
    assertThat(TscRate.khz(withoutRefined, frequency, CPU_INFO)).isEqualTo(2_592_000);
    assertThat(TscRate.khz("tsc: Detected 2596.122 MHz processor", frequency, CPU_INFO))
        .isEqualTo(2_596_122);
  }

  @Test
  void aProcessorWithOneClockSaysItInCpuinfo() {
    assertThat(TscRate.khz("", none, CPU_INFO)).isEqualTo(800_017);
  }

  @Test
  void aProcessorThatChangesItsClockSaysNothingInCpuinfo() throws IOException {
    assertThat(TscRate.khz("", frequency, CPU_INFO)).isZero();
    Files.writeString(frequency.resolve("base_frequency"), "2400000\n");
    assertThat(TscRate.khz("", frequency, CPU_INFO)).isEqualTo(2_400_000);
  }

  @Test
  void nothingIsMadeUp() {
    assertThat(TscRate.khz("", none, "processor\t: 0\n")).isZero();
  }

  @Test
  void thisHostsRateIsThatOfAProcessor() {
    assertThat(TscRate.khz(new LinuxHost())).isBetween(500_000L, 8_000_000L);
  }
}

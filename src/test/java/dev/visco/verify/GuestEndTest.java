package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a guest ended, by what its kernel said. */
class GuestEndTest {
  @ParameterizedTest
  @CsvSource({
    "[   12.345678] reboot: Power down, POWERED_OFF",
    "reboot: System halted, POWERED_OFF",
    "[12345.345678] reboot: Restarting system, REBOOTED",
    "[    0.912345] Kernel panic - not syncing: VFS: Unable to mount root fs, PANICKED",
  })
  void theKernelsOwnWords(String line, GuestEnd end) {
    assertThat(GuestEnd.in("Welcome\n" + line + "\r\n")).contains(end);
  }

  @Test
  void aPanicThatRestartsIsAPanic() {
    assertThat(
            GuestEnd.in(
                "[ 1.0] Kernel panic - not syncing: x\n[ 1.1] Rebooting in 1 seconds..\n"
                    + "[ 2.1] reboot: Restarting system\n"))
        .contains(GuestEnd.PANICKED);
  }

  @Test
  void aSentenceWithTheSameWordsIsNone() {
    assertThat(GuestEnd.in("my-service: will reboot: Power down is next\n")).isEmpty();
    assertThat(GuestEnd.in("")).isEmpty();
  }

  @Test
  void offIsOnlyWhatEndsTheConsole() {
    assertThat(GuestEnd.isOff("stopping\r\n[   9.0] reboot: Power down\r\n\r\n")).isTrue();
    assertThat(GuestEnd.isOff("[   9.0] reboot: Power down\nlogin: ")).isFalse();
    assertThat(GuestEnd.isOff("[   9.0] reboot: Restarting system\n")).isFalse();
    assertThat(GuestEnd.isOff("")).isFalse();
  }
}

package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelCommandLineTest {
  @Test
  void isTheWordsInTheirOrder() {
    assertThat(KernelCommandLine.of(List.of("console=ttyS0", "root=/dev/vda", "--", "x")))
        .isEqualTo("console=ttyS0 root=/dev/vda -- x");
    assertThat(KernelCommandLine.of(List.of("rootwait", "root=/dev/vda"))).contains("rootwait");
  }

  @Test
  void aSecondRootIsRefused() {
    assertThatThrownBy(() -> KernelCommandLine.of(List.of("root=/dev/vda", "x", "root=/dev/sda")))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.refusal())
                    .isEqualTo(
                        new Refusal.Invalid(
                            "bootArgs",
                            "root=/dev/sda",
                            "is a second root; the image already says root=/dev/vda",
                            "Leave it out.")));
  }

  @Test
  void whatAKernelWouldNotReadIsRefusedWithTheEndOfWhatWasGiven() {
    String whole = "x".repeat(2047);
    assertThat(KernelCommandLine.requireReadable(whole, "x")).isEqualTo(whole);
    assertThatThrownBy(() -> KernelCommandLine.requireReadable(whole + "y", "a".repeat(50) + "b"))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.refusal())
                    .isEqualTo(
                        new Refusal.Invalid(
                            "bootArgs",
                            "a".repeat(39) + "b",
                            "ends a kernel command line of 2048 bytes; a kernel reads 2047",
                            "Give fewer or shorter boot arguments.")));
  }
}

package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
  @Test
  void eachPlaceIsFilledWhateverTheOthersAreCalled() {
    assertThat(
            Template.fill(
                "%{tap} %{tapMac} %{host} %{hostMac}%{tap}",
                Map.of("tapMac", "b", "tap", "a", "hostMac", "d", "host", "c", "unused", 1)))
        .isEqualTo("a b c da");
  }

  @Test
  void whatAValueContainsIsNotReadAgain() {
    assertThat(Template.fill("%{one} %{two}", Map.of("one", "%{two} $1 \\", "two", 2)))
        .isEqualTo("%{two} $1 \\ 2");
  }

  @Test
  void aPlaceWithoutAValueIsAFault() {
    assertThatThrownBy(() -> Template.fill("link set %{tpa} up", Map.of("tap", "tap0")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("%{tpa}");
  }
}

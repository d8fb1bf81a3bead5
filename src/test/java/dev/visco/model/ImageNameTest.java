package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
  @Test
  void isLowerCaseLettersDigitsAndHyphens() {
    assertThat(new ImageName("cli")).hasToString("cli");
    assertThat(new ImageName("0-a".repeat(10) + "ab").value()).hasSize(32);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-a", "A", "a_b", "a.b", "../a", "a\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void anythingElseIsRefused(String name) {
    assertThatThrownBy(() -> new ImageName(name))
        .isInstanceOfSatisfying(
            Refused.class,
            e -> {
              var refusal = (Refusal.Invalid) e.refusal();
              assertThat(refusal.field()).isEqualTo("image");
              assertThat(refusal.value()).isEqualTo(name);
              assertThat(refusal.reason()).isEqualTo("is no image's name");
              assertThat(refusal.remedy())
                  .isEqualTo("Give 1 to 32 lower-case letters, digits and hyphens.");
            });
  }
}

package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Words that came as bytes which are no text. */
class ArgumentCheckTest {
  @Test
  void aWordThatWasTornIsRefused() {
    assertThatThrownBy(() -> ArgumentCheck.requireText(new String[] {"exec", "vm-1", "Gr\uFFFDe"}))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Gr\uFFFDe")
        .hasMessageContaining("UTF-8");
  }

  @Test
  void wholeWordsAreNot() {
    assertThatCode(() -> ArgumentCheck.requireText(new String[] {"printf", "Grüße", "日本"}))
        .doesNotThrowAnyException();
  }

  @Test
  void aWordThatReallyHoldsThatCharacterIsFoundAmongTheBytes() {
    assertThat(ArgumentCheck.words("java\0x\uFFFDy\0\0last\0".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("java", "x\uFFFDy", "", "last");
    assertThat(ArgumentCheck.words(new byte[] {'a', 0, (byte) 0xfc, 0, 'b', 0}))
        .containsExactly("a", "b");
  }
}

package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class VncCloseTest {
  @Test
  void aReasonIsCutToWhatAFrameHoldsAndNeverWithinACharacter() {
    for (String fill : new String[] {"ä", "xä", "日本", "😀"}) {
      var close = new VncClose(4010, "word", fill.repeat(100));
      assertThat(close.reason().getBytes(StandardCharsets.UTF_8)).hasSizeBetween(120, 123);
      assertThat(close.reason()).startsWith("word: " + fill).doesNotContain("\ufffd");
    }
  }

  @Test
  void aReasonIsOneLine() {
    assertThat(new VncClose(4010, "word", "a\r\n b").reason()).isEqualTo("word: a b");
  }
}

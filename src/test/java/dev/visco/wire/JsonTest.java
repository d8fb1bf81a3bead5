package dev.visco.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JsonTest {
  private static final String HOSTILE =
      "ü 漢 🙂 a\u001b]52;c;x\u0007b\u009b2Jc\u202ed\u2028e\u007ff\r\ng";

  @Test
  void nothingThatATerminalObeysIsWritten() {
    var value = Map.of("text", List.of(HOSTILE, "x".repeat(20_000) + HOSTILE));
    for (String json :
        List.of(
            Json.line(value),
            Json.pretty(value),
            new String(Json.bytes(value), StandardCharsets.UTF_8))) {
      assertThat(json.strip())
          .contains("ü 漢 🙂")
          .containsIgnoringCase("\\u001b]52;c;x\\u0007b\\u009b2Jc\\u202ed\\u2028e\\u007ff")
          .doesNotContainPattern("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u202e]");
      assertThat(Json.read(json, JsonNode.class).path("text").path(0).asString())
          .isEqualTo(HOSTILE);
    }
  }
}

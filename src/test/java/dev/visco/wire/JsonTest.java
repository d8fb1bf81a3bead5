package dev.visco.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Digest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
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

  private record Sample(
      int zero, String text, List<Integer> list, Map<String, Object> map, Object other) {}

  @Test
  void theCanonicalTextHasKeysInOrderAndNothingThatIsNullOrEmpty() {
    var map = new LinkedHashMap<String, Object>();
    map.put("z", List.of("b", "a"));
    map.put("a", new Digest("sha256:" + "0".repeat(64)));
    map.put("none", List.of());
    assertThat(Json.canonical(new Sample(0, "x", List.of(), map, List.of(Map.of()))))
        .isEqualTo(
            "{\"map\":{\"a\":\"sha256:%s\",\"z\":[\"b\",\"a\"]},\"other\":[{}],\"text\":\"x\",\"zero\":0}"
                .formatted("0".repeat(64)));
  }
}

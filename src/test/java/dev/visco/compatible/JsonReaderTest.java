package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  private static JsonValue read(String text) throws Fault {
    return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "-0.5e+10",
        "\"\"",
        "[]",
        "{}",
        "{\"a\":[1,{\"b\":null}],\"a\":2}",
        "\"\\u00e9\\ud83d\\ude00\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""
      })
  void whatIsWrittenIsReadAgain(String text) throws Fault {
    JsonValue value = read(text);
    assertThat(read(value.write())).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{'a':1}",
        "[1,]",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "nul",
        "NaN",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\t\"",
        "1 2",
        "{} x",
        "// a\n1"
      })
  void whatIsNotJsonIsRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(Fault.class).hasMessageContaining("line 1");
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    assertThatThrownBy(() -> JsonReader.read(new byte[] {'"', (byte) 0xff, '"'}))
        .hasMessageContaining("UTF-8");
  }

  @Test
  void deepNestingIsRefusedBeforeAnyStackOverflows() throws Fault {
    assertThat(read("[".repeat(128) + "]".repeat(128))).isInstanceOf(JsonValue.Items.class);
    assertThatThrownBy(() -> read("[".repeat(100_000))).hasMessageContaining("128 levels");
  }

  @Test
  void theLastOfTwoMembersCounts() throws Fault {
    var members = (JsonValue.Members) read("{\"a\": 1, \"a\": 2}");
    assertThat(members.find("a")).contains(JsonValue.of(2));
    assertThat(members.members()).hasSize(2);
  }
}

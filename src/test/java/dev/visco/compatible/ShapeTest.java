package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.compatible.Shape.ShapeKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeTest {
  private static final Shape SHAPE =
      Shape.of(
          Shape.required("name", ShapeKind.TEXT),
          Shape.optional("count", ShapeKind.bits(8)),
          Shape.defaulted("on", ShapeKind.FLAG),
          Shape.optional("mac", ShapeKind.MAC),
          Shape.optional("address", ShapeKind.ADDRESS));

  private static Body read(String json) throws Fault {
    return SHAPE.read(JsonReader.read(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void nullIsLikeMissingForAnOptionalFieldAlone() throws Fault {
    assertThat(read("{\"name\": \"a\", \"count\": null}").has("count")).isFalse();
    assertThatThrownBy(() -> read("{\"name\": \"a\", \"on\": null}"))
        .hasMessage("The field `on` must be true or false, not null.");
    assertThatThrownBy(() -> read("{\"name\": null}")).hasMessageContaining("`name`");
  }

  @Test
  void theFirstThingThatIsWrongIsSaid() {
    assertThatThrownBy(() -> read("{\"count\": -1, \"x\": 1}")).hasMessageContaining("`-1`");
    assertThatThrownBy(() -> read("{\"x\": 1, \"count\": -1}")).hasMessageContaining("`x`");
    assertThatThrownBy(() -> read("{\"on\": true, \"on\": true}")).hasMessageContaining("twice");
    assertThatThrownBy(() -> read("{}")).hasMessage("The field `name` is missing.");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "255,255"})
  void wholeNumbersOfTheirSizePass(String text, long number) throws Fault {
    assertThat(read("{\"name\": \"a\", \"count\": " + text + "}").findNumber("count"))
        .contains(number);
  }

  @ParameterizedTest
  @CsvSource({"256", "-1", "1.0", "1e2", "\"1\"", "true", "[]"})
  void othersDoNot(String text) {
    assertThatThrownBy(() -> read("{\"name\": \"a\", \"count\": " + text + "}"))
        .hasMessageContaining("`count` must be a whole number of 0 to 255");
  }

  @Test
  void aListStandsForAnObjectWithoutNames() throws Fault {
    assertThat(read("[\"a\", 3]").findNumber("count")).contains(3L);
    assertThatThrownBy(() -> read("[]")).hasMessageContaining("0");
    assertThatThrownBy(() -> read("[\"a\", 1, true, null, null, 9]")).hasMessageContaining("6");
  }

  @ParameterizedTest
  @CsvSource({
    "mac,06:00:AC:10:00:02,true",
    "mac,06:00:AC:10:00,false",
    "mac,06:00:AC:10:00:0g,false",
    "address,169.254.169.254,true",
    "address,256.0.0.1,false",
    "address,01.0.0.1,false",
    "address,1.2.3,false",
    "address,1.2.3.4.,false"
  })
  void addressesAreWhatTheyShouldBe(String field, String value, boolean good) {
    String json = "{\"name\": \"a\", \"%s\": \"%s\"}".formatted(field, value);
    if (good) {
      assertThat(catchFault(json)).isNull();
    } else {
      assertThat(catchFault(json)).hasMessageContaining("`" + field + "`");
    }
  }

  private static @org.jspecify.annotations.Nullable Fault catchFault(String json) {
    try {
      read(json);
      return null;
    } catch (Fault fault) {
      return fault;
    }
  }
}

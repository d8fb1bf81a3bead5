package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MmdsTest {
  private static JsonValue json(String text) throws Fault {
    return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The examples of RFC 7396, appendix A, that begin with an object. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "{\"a\":\"b\"};{\"a\":\"c\"};{\"a\":\"c\"}",
        "{\"a\":\"b\"};{\"b\":\"c\"};{\"a\":\"b\",\"b\":\"c\"}",
        "{\"a\":\"b\"};{\"a\":null};{}",
        "{\"a\":\"b\",\"b\":\"c\"};{\"a\":null};{\"b\":\"c\"}",
        "{\"a\":[\"b\"]};{\"a\":\"c\"};{\"a\":\"c\"}",
        "{\"a\":\"c\"};{\"a\":[\"b\"]};{\"a\":[\"b\"]}",
        "{\"a\":{\"b\":\"c\"}};{\"a\":{\"b\":\"d\",\"c\":null}};{\"a\":{\"b\":\"d\"}}",
        "{\"a\":[{\"b\":\"c\"}]};{\"a\":[1]};{\"a\":[1]}",
        "{\"e\":null};{\"a\":1};{\"a\":1,\"e\":null}",
        "{};{\"a\":{\"bb\":{\"ccc\":null}}};{\"a\":{\"bb\":{}}}"
      })
  void patchesMergeAsTheRfcSays(String before, String patch, String after) throws Fault {
    var mmds = new Mmds(1000);
    mmds.put(json(before));
    mmds.patch(json(patch));
    assertThat(mmds.value().write()).isEqualTo(after);
  }

  @Test
  void whatDoesNotFitChangesNothing() throws Fault {
    var mmds = new Mmds(10);
    mmds.put(json("{\"a\":1}"));
    assertThatThrownBy(() -> mmds.patch(json("{\"b\":2345}")))
        .isInstanceOfSatisfying(Fault.class, fault -> assertThat(fault.status()).isEqualTo(413))
        .hasMessageContaining("10");
    assertThat(mmds.value().write()).isEqualTo("{\"a\":1}");
  }

  @Test
  void nothingCanBePatchedBeforeItIsThere() {
    assertThatThrownBy(() -> new Mmds(10).patch(json("{}"))).isInstanceOf(Fault.class);
  }
}

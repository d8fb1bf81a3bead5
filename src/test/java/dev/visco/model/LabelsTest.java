package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"team", "a", "A.b_c-9", "example.com/team", "x-1.example.com/Team", "012345678"})
  void keysAreThoseOfKubernetes(String key) {
    assertThat(Labels.of(Map.of(key, "red")).values()).containsExactly(Map.entry(key, "red"));
    assertThat(LabelSelector.of(key + "=red").matches(Labels.of(Map.of(key, "red")))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-a",
        "a-",
        "a b",
        "a=b",
        "a,b",
        "a\n",
        "ä",
        "/a",
        "a/",
        "a/b/c",
        "Example.com/a",
        "0123456789012345678901234567890123456789012345678901234567890123"
      })
  void whatIsNoKeyIsRefused(String key) {
    assertThatThrownBy(() -> Labels.of(Map.of(key, "red")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("labels \"" + key + "\" is no key of a label");
    assertThatThrownBy(() -> Labels.NONE.with(Map.of(key, "red"))).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "a b", "a=b", "a,b", "a\n", ".a", "a_"})
  void whatIsNoValueIsRefused(String value) {
    assertThatThrownBy(() -> Labels.of(Map.of("team", value)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("labels.team \"" + value + "\" is no value of a label");
  }

  @Test
  void aValueMayBeEmptyAndIsNeverMissing() {
    assertThat(Labels.of(Map.of("gpu", "")).values()).containsEntry("gpu", "");
    var missing = new HashMap<String, @Nullable String>();
    missing.put("gpu", null);
    assertThatThrownBy(() -> new Labels(new java.util.TreeMap<>(missing)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("labels.gpu");
  }

  @Test
  void tooManyAreRefused() {
    var many = new HashMap<String, String>();
    for (int at = 0; at < Labels.MAX; at++) {
      many.put("key-" + at, "x");
    }
    Labels most = Labels.of(many);
    assertThat(most.values()).hasSize(Labels.MAX);
    assertThatThrownBy(() -> most.with(Map.of("one-more", "x")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("65 labels");
  }

  @Test
  void changesSetAndTakeAwayAndLeaveTheOthers() {
    var changes = new HashMap<String, @Nullable String>();
    changes.put("team", "blue");
    changes.put("old", null);
    changes.put("never", null);
    changes.put("new", "");
    assertThat(Labels.of(Map.of("team", "red", "old", "1", "kept", "2")).with(changes).values())
        .containsExactlyInAnyOrderEntriesOf(Map.of("team", "blue", "kept", "2", "new", ""));
  }

  @Test
  void aSelectorTakesThoseThatHaveAllOfIt() {
    Labels labels = Labels.of(Map.of("team", "red", "gpu", ""));
    for (String text : new String[] {"team", "team=red", "gpu", "gpu=", "team=red,gpu"}) {
      assertThat(LabelSelector.of(text).matches(labels)).as(text).isTrue();
    }
    for (String text : new String[] {"team=blue", "team=", "other", "team=red,other", "tea"}) {
      assertThat(LabelSelector.of(text).matches(labels)).as(text).isFalse();
    }
    for (String text : new String[] {"", "team=red,", "=red", "team=a b"}) {
      assertThatThrownBy(() -> LabelSelector.of(text)).as(text).isInstanceOf(Refused.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "web", "web-1", "9", "vm-1", "abcdef012", "vm-0123abcde"})
  void namesAreLabelsOfTheDns(String name) {
    assertThat(new VmName(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-a",
        "a-",
        "A",
        "a.b",
        "a_b",
        "a b",
        "a/b",
        "a\n",
        "ü",
        "0123456789012345678901234567890123456789012345678901234567890123"
      })
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> new VmName(name))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("name \"" + name + "\" is not 1 to 63 lower-case letters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vm-0123abcd", "0123abcd", "12345678"})
  void aNameNeverLooksLikeAnId(String name) {
    assertThatThrownBy(() -> new VmName(name))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("looks like the id of a VM");
  }
}

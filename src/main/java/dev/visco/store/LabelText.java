package dev.visco.store;

import dev.visco.model.LabelSelector;
import dev.visco.model.Labels;
import java.util.ArrayList;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Labels in a column: a line {@code key=value} for each, between line feeds, so that one label or
 * key is found as a text within it by the same SQL in every database.
 */
final class LabelText {
  private LabelText() {}

  /** Null for none. */
  static @Nullable String of(Labels labels) {
    if (labels.isEmpty()) {
      return null;
    }
    var text = new StringBuilder("\n");
    labels.values().forEach((key, value) -> text.append(key + "=" + value + "\n"));
    return text.toString();
  }

  static Labels read(@Nullable String text) {
    if (text == null) {
      return Labels.NONE;
    }
    var values = new TreeMap<String, String>();
    text.lines()
        .filter(line -> !line.isEmpty())
        .forEach(line -> {
          int equals = line.indexOf('=');
          values.put(line.substring(0, equals), line.substring(equals + 1));
        });
    return new Labels(values);
  }

  /** Adds the condition that a row has all of these labels; {@code values} are its parameters. */
  static void where(
      LabelSelector selector, StringBuilder text, ArrayList<@Nullable Object> values) {
    for (LabelSelector.Term term : selector.terms()) {
      text.append(" AND replace(labels, ?, '') <> labels");
      values.add("\n" + term.key() + "=" + (term.value() == null ? "" : term.value() + "\n"));
    }
  }
}

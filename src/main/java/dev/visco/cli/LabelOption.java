package dev.visco.cli;

import dev.visco.model.Refused;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Labels as arguments: {@code KEY=VALUE}, {@code KEY}, or {@code KEY-} to take one away. */
final class LabelOption {
  private LabelOption() {}

  /** Labels by key; null for none. */
  static @Nullable Map<String, String> labels(List<String> arguments) {
    var labels = new TreeMap<String, String>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      labels.put(
          equals < 0 ? argument : argument.substring(0, equals),
          equals < 0 ? "" : argument.substring(equals + 1));
    }
    return labels.isEmpty() ? null : labels;
  }

  /** Changes of labels by key, null to take one away; null for no change. */
  static @Nullable Map<String, @Nullable String> changes(List<String> arguments) {
    var changes = new TreeMap<String, @Nullable String>();
    for (String argument : arguments) {
      boolean isRemoval = argument.endsWith("-") && argument.indexOf('=') < 0;
      int end = isRemoval ? argument.length() - 1 : argument.indexOf('=');
      String key = end < 0 ? argument : argument.substring(0, end);
      if (changes.containsKey(key)) {
        throw Refused.invalid("--label", argument, "is about a label twice", "Give each once.");
      }
      changes.put(key, isRemoval ? null : end < 0 ? "" : argument.substring(end + 1));
    }
    return changes.isEmpty() ? null : changes;
  }
}

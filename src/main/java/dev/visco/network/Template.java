package dev.visco.network;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with placeholders, each written as {@code %{name}}. */
final class Template {
  private static final Pattern PLACE = Pattern.compile("%\\{([^{}]*)}");

  private Template() {}

  /**
   * Replaces all placeholders in one pass, so that neither the order nor the contents of the values
   * matter.
   *
   * @param values by name; values without a placeholder are ignored
   * @throws IllegalArgumentException when a placeholder has no value
   */
  static String fill(String text, Map<String, ?> values) {
    return PLACE
        .matcher(text)
        .replaceAll(place -> {
          Object value = values.get(place.group(1));
          if (value == null) {
            throw new IllegalArgumentException("there is no value for " + place.group());
          }
          return Matcher.quoteReplacement(value.toString());
        });
  }
}

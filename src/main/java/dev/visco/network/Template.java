package dev.visco.network;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with places to be filled, each written as {@code %{name}}. */
final class Template {
  private static final Pattern PLACE = Pattern.compile("%\\{([^{}]*)}");

  private Template() {}

  /**
   * Fills every place at once, so that neither the order of the values nor what they contain
   * matters.
   *
   * @param values by name; one that the text has no place for is not used
   * @throws IllegalArgumentException when the text has a place without a value
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

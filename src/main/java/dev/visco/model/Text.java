package dev.visco.model;

import java.util.regex.Pattern;

/** Checks that the model's records share. */
final class Text {
  private Text() {}

  /**
   * Refuses {@code value} as {@code field} unless it matches; {@code allowed} says in words what
   * would.
   */
  static String matching(String field, String value, Pattern pattern, String allowed) {
    if (!pattern.matcher(value).matches()) {
      throw Refused.invalid(field, value, "is not " + allowed, "Give " + allowed + ".");
    }
    return value;
  }
}

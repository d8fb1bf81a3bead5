package dev.visco.model;

import java.util.regex.Pattern;

/** Checks shared by the model's records. */
final class Text {
  private Text() {}

  /**
   * Refuses {@code value} as {@code field} unless it matches; {@code allowed} describes the values
   * that match.
   */
  static String matching(String field, String value, Pattern pattern, String allowed) {
    if (!pattern.matcher(value).matches()) {
      throw Refused.invalid(field, value, "is not " + allowed, "Give " + allowed + ".");
    }
    return value;
  }
}

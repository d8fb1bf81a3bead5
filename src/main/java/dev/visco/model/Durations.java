package dev.visco.model;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Durations as people write them, a whole number and its unit: {@code 500ms}, {@code 90s}, {@code
 * 15m}, {@code 2h}, {@code 7d}.
 */
public final class Durations {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private Durations() {}

  /** Parses a duration; refuses anything else, as {@code field}. */
  public static Duration of(String field, String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw Refused.invalid(
          field,
          text,
          "is not a time",
          "Give a whole number and ms, s, m, h or d, like 90s or 2h.");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /**
   * Formats a duration in the largest unit that represents it exactly; fractions of a millisecond
   * are dropped.
   */
  public static String text(Duration time) {
    long millis = time.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds != 0 && seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds != 0 && seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds != 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}

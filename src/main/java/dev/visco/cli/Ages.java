package dev.visco.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import tools.jackson.databind.JsonNode;

/** Times as people say them: {@code 3 minutes ago}, {@code in 2 hours}. */
final class Ages {
  private Ages() {}

  /** A time beside now, in its largest whole unit. */
  static String text(Instant time, Instant now) {
    Duration age = Duration.between(time, now);
    String amount = amount(age.abs());
    if (amount.isEmpty()) {
      return "now";
    }
    return age.isNegative() ? "in " + amount : amount + " ago";
  }

  /**
   * A field that is a time (RFC 3339); a dash when it is left out, and as it is when it is none.
   */
  static String text(JsonNode entry, String field, Instant now) {
    String written = Tables.text(entry, field);
    try {
      return written.equals("-") ? written : text(Instant.parse(written), now);
    } catch (DateTimeParseException e) {
      return written;
    }
  }

  private static String amount(Duration age) {
    if (age.toDays() >= 730) {
      return plural(age.toDays() / 365, "year");
    } else if (age.toDays() >= 60) {
      return plural(age.toDays() / 30, "month");
    } else if (age.toDays() >= 14) {
      return plural(age.toDays() / 7, "week");
    } else if (age.toHours() >= 48) {
      return plural(age.toDays(), "day");
    } else if (age.toHours() >= 1) {
      return plural(age.toHours(), "hour");
    } else if (age.toMinutes() >= 1) {
      return plural(age.toMinutes(), "minute");
    }
    return age.toSeconds() == 0 ? "" : plural(age.toSeconds(), "second");
  }

  private static String plural(long count, String unit) {
    return count + " " + unit + (count == 1 ? "" : "s");
  }
}

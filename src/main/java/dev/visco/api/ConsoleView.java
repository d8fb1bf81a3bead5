package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.model.Refused;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of a console somebody wants, and how.
 *
 * @param lines how many of the last ones, or {@link ConsoleTail#ALL}
 * @param isStamped whether each begins with its time
 * @param since leaves out older ones; null for none
 */
record ConsoleView(int lines, boolean isStamped, @Nullable Instant since) {
  /** The parameters of each route that shows a console. */
  static final List<QueryParameter> PARAMETERS =
      List.of(
          QueryParameter.text("tail", "only so many of its last lines; all when it is left out"),
          QueryParameter.flag("timestamps", "begins each line with its time, late by a second"),
          QueryParameter.text("since", "only lines from this time on (RFC 3339)"));

  /** What a request asks for; refused when it asks for what cannot be. */
  static ConsoleView of(Exchange exchange) {
    String since = exchange.query("since").orElse("");
    return new ConsoleView(
        lines(exchange.query("tail").orElse("all")),
        exchange.isTrue("timestamps"),
        since.isEmpty() ? null : time(since));
  }

  private static int lines(String text) {
    if (text.equals("all")) {
      return ConsoleTail.ALL;
    } else if (!text.matches("\\d{1,9}")) {
      throw Refused.invalid("tail", text, "is no number of lines", "Give one, or all.");
    }
    return Integer.parseInt(text);
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw Refused.invalid(
          "since", text, "is no time", "Give one of RFC 3339, like 2026-03-01T12:00:00Z.");
    }
  }

  /** A console's reader. */
  ConsoleTail open(Path console) {
    return new ConsoleTail(console, lines);
  }

  /** Where the reader writes to, so that the lines come to {@code out} as they are wanted. */
  OutputStream to(OutputStream out, Path console) {
    return isStamped || since != null ? new TimedLines(out, console, isStamped, since) : out;
  }
}

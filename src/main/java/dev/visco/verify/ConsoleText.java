package dev.visco.verify;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A console's text as clean lines: no colours, no carriage returns, no control characters. */
final class ConsoleText {
  private static final Pattern CONTROL =
      Pattern.compile(
          // ECMA-48: control sequences (5.4), operating system commands (8.3.89), two-byte escapes.
          "\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(?:\u0007|\u001b\\\\)|[@-Z\\\\-_])"
              + "|[\\x00-\\x08\\x0b-\\x1f\\x7f]");

  private final List<String> lines;

  ConsoleText(String text) {
    lines = text.lines().map(ConsoleText::clean).toList();
  }

  /** One line as a person would see it, blanks at its ends left out. */
  static String clean(String line) {
    return CONTROL.matcher(line).replaceAll("").strip();
  }

  /** The first line of which this is true. */
  Optional<String> first(Predicate<String> is) {
    return lines.stream().filter(is).findFirst();
  }

  /** The first line in which this is found. */
  Optional<String> matching(Pattern pattern) {
    return first(line -> pattern.matcher(line).find());
  }

  /**
   * The first line with this in it. Other output may stand before and behind it on the same line.
   */
  Optional<String> containing(String text) {
    return first(line -> line.contains(text));
  }

  /** The last line with anything in it before the first one in which {@code pattern} is found. */
  Optional<String> before(Pattern pattern) {
    return lines.stream()
        .takeWhile(line -> !pattern.matcher(line).find())
        .filter(line -> !line.isEmpty())
        .reduce((earlier, later) -> later);
  }
}

package dev.visco.verify;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A console's text as clean lines: no colours, no carriage returns, no control characters. */
final class ConsoleText {
  private static final Pattern CONTROL =
      Pattern.compile("\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|[@-Z\\\\-_])|[\\x00-\\x08\\x0b-\\x1f]");

  private final List<String> lines;

  ConsoleText(String text) {
    lines = text.lines().map(line -> CONTROL.matcher(line).replaceAll("")).toList();
  }

  /** The first line of which this is true. */
  Optional<String> first(Predicate<String> is) {
    return lines.stream().filter(is).map(String::strip).findFirst();
  }

  /**
   * The first line with this in it. Other output may stand before and behind it on the same line.
   */
  Optional<String> containing(String text) {
    return first(line -> line.contains(text));
  }

  /** The last line with anything in it. */
  Optional<String> last() {
    return lines.reversed().stream().filter(line -> !line.isBlank()).map(String::strip).findFirst();
  }
}

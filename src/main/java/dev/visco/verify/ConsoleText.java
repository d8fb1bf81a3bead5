package dev.visco.verify;

import dev.visco.model.GuestText;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A console's output as cleaned lines of at most {@link GuestText#MAX_LINE} characters, so that
 * matching a pattern takes a bounded time, whatever a guest prints.
 */
final class ConsoleText {
  private final List<String> lines;

  ConsoleText(String text) {
    lines = text.lines().map(line -> GuestText.line(line).value()).toList();
  }

  /** The first line for which this is true. */
  Optional<String> first(Predicate<String> is) {
    return lines.stream().filter(is).findFirst();
  }

  /** The first line in which the pattern is found. */
  Optional<String> matching(Pattern pattern) {
    return first(line -> pattern.matcher(line).find());
  }

  /** The first line that contains this; other output may precede and follow it on the same line. */
  Optional<String> containing(String text) {
    return first(line -> line.contains(text));
  }

  /** The last lines that are not empty, the latest first. */
  List<String> last(int count) {
    return lines.reversed().stream().filter(line -> !line.isEmpty()).limit(count).toList();
  }

  /** The last line that is not empty before the first one in which {@code pattern} is found. */
  Optional<String> before(Pattern pattern) {
    return lines.stream()
        .takeWhile(line -> !pattern.matcher(line).find())
        .filter(line -> !line.isEmpty())
        .reduce((earlier, later) -> later);
  }
}

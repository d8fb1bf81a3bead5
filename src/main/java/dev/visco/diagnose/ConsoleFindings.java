package dev.visco.diagnose;

import dev.visco.model.GuestText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What rules find on a console: the first line of each {@link ConsoleMessage}, and the last lines.
 * Nothing else is kept of it, however much a guest wrote.
 */
final class ConsoleFindings {
  /** Lines with anything in them that are kept of the console's end. */
  static final int LAST_LINES = 5;

  private final Map<ConsoleMessage, String> first = new EnumMap<>(ConsoleMessage.class);
  private final Deque<String> last = new ArrayDeque<>();

  ConsoleFindings(String console) {
    int at = 0;
    while (at < console.length()) {
      int end = console.indexOf('\n', at);
      end = end < 0 ? console.length() : end;
      String line = GuestText.line(console.substring(at, end)).value();
      if (!line.isEmpty()) {
        take(line);
      }
      at = end + 1;
    }
  }

  private void take(String line) {
    MessageScanner.each(line, message -> first.putIfAbsent(message, line));
    last.addLast(line);
    if (last.size() > LAST_LINES) {
      last.removeFirst();
    }
  }

  /** The first line with this message. */
  Optional<String> with(ConsoleMessage message) {
    return Optional.ofNullable(first.get(message));
  }

  boolean has(ConsoleMessage message) {
    return first.containsKey(message);
  }

  /** The last lines with anything in them, {@value #LAST_LINES} at most. */
  List<String> lastLines() {
    return List.copyOf(last);
  }
}

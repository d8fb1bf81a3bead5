package dev.visco.diagnose;

import dev.visco.model.GuestText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the rules need of a console: the first line with each {@link ConsoleMessage}, and the last
 * lines. Its size is bounded, however much a guest has printed.
 */
final class ConsoleFindings {
  /** Number of lines that are kept of the console's end; empty ones do not count. */
  static final int LAST_LINES = 5;

  /** Number of lines before a panic that are kept. */
  private static final int PANIC_LINES = 2;

  private final Map<ConsoleMessage, String> first = new EnumMap<>(ConsoleMessage.class);
  private final Deque<String> last = new ArrayDeque<>();
  private List<String> beforePanic = List.of();

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
    MessageScanner.each(
        line,
        message -> {
          if (first.putIfAbsent(message, line) == null && message == ConsoleMessage.PANIC) {
            beforePanic = last.stream().skip(Math.max(0, last.size() - PANIC_LINES)).toList();
          }
        });
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

  /** The last lines before the first panic; none without one. */
  List<String> beforePanic() {
    return beforePanic;
  }

  /** The last lines that are not empty, at most {@value #LAST_LINES}. */
  List<String> lastLines() {
    return List.copyOf(last);
  }
}

package dev.visco.diagnose;

import dev.visco.model.GuestText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A console as lines that can be asked. However much a guest wrote, only lines with a marker that
 * some rule asks for are kept, with the first and the last ones: each byte is looked at once, by an
 * automaton over all markers (Aho and Corasick, CACM 18:6, 1975).
 */
final class ConsoleLines {
  private static final int KEPT_AT_EACH_END = 400;
  private final List<String> lines = new ArrayList<>();
  private final long characters;

  ConsoleLines(String console) {
    characters = console.strip().length();
    int[] ends = new int[KEPT_AT_EACH_END];
    int count = 0;
    int at = 0;
    int lastKept = -1;
    // The ends of the last lines are remembered round a ring, since how many there are is known
    // only at the end.
    while (at < console.length()) {
      int end = endOfLine(console, at);
      boolean isKept = count < KEPT_AT_EACH_END || Markers.ALL.isIn(console, at, end);
      if (isKept) {
        add(console, at, end);
        lastKept = end;
      }
      ends[count % KEPT_AT_EACH_END] = at;
      count++;
      at = end + 1;
    }
    addTail(console, ends, count, lastKept);
  }

  private void addTail(String console, int[] starts, int count, int lastKept) {
    int first = Math.max(KEPT_AT_EACH_END, count - KEPT_AT_EACH_END);
    for (int number = first; number < count; number++) {
      int start = starts[number % KEPT_AT_EACH_END];
      int end = endOfLine(console, start);
      if (start > lastKept || !Markers.ALL.isIn(console, start, end)) {
        add(console, start, end);
      }
    }
  }

  private static int endOfLine(String console, int at) {
    int end = console.indexOf('\n', at);
    return end < 0 ? console.length() : end;
  }

  private void add(String console, int start, int end) {
    String plain = GuestText.line(console.substring(start, end)).value();
    if (!plain.isEmpty()) {
      lines.add(plain);
    }
  }

  /** The first line with this text. */
  Optional<String> with(String text) {
    requireMarker(text);
    return lines.stream().filter(line -> line.contains(text)).findFirst();
  }

  /** The last line with this text. */
  Optional<String> lastWith(String text) {
    requireMarker(text);
    return lines.reversed().stream().filter(line -> line.contains(text)).findFirst();
  }

  /** A text without a marker would be found at the ends of a console and missed in its middle. */
  private static void requireMarker(String text) {
    if (!Markers.ALL.covers(text)) {
      throw new IllegalArgumentException("no marker covers \"" + text + "\": add one to Markers");
    }
  }

  /** The first line that matches. */
  Optional<String> matching(Pattern pattern) {
    return lines.stream().filter(line -> pattern.matcher(line).find()).findFirst();
  }

  boolean has(String text) {
    return with(text).isPresent();
  }

  /** How many characters there are at all. */
  long characters() {
    return characters;
  }

  /** The last {@code most} lines. */
  List<String> last(int most) {
    return lines.subList(Math.max(0, lines.size() - most), lines.size());
  }

  Optional<String> lastLine() {
    return lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast());
  }
}

package dev.visco.diagnose;

import dev.visco.model.GuestText;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The part of a console's output that is kept as evidence: its beginning, its end, and in between
 * the lines with a {@link ConsoleMessage}. Its size is bounded, however much a guest has printed.
 */
public final class ConsoleExcerpt {
  /** Maximum length of each of the three parts, in characters. */
  static final int MAX_PART = 256 << 10;

  private final StringBuilder head = new StringBuilder();
  private final StringBuilder middle = new StringBuilder();
  private final Deque<String> tail = new ArrayDeque<>();
  private int tailLength;
  private long leftOut;

  /** Adds the next line, without its line feed. */
  public void line(String foreign) {
    String line = GuestText.line(foreign).value();
    if (tail.isEmpty() && head.length() + line.length() < MAX_PART) {
      head.append(line).append('\n');
      return;
    }
    tail.addLast(line);
    tailLength += line.length() + 1;
    while (tailLength > MAX_PART) {
      String oldest = tail.removeFirst();
      tailLength -= oldest.length() + 1;
      if (MessageScanner.isAnyIn(oldest) && middle.length() + oldest.length() < MAX_PART) {
        middle.append(oldest).append('\n');
      } else {
        leftOut++;
      }
    }
  }

  /** The lines that were kept, in order, with a note of how many were left out. */
  public String text() {
    var text = new StringBuilder(head).append(middle);
    if (leftOut > 0) {
      text.append("[").append(leftOut).append(" lines are left out before this one]\n");
    }
    tail.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}

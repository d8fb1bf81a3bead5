package dev.visco.diagnose;

import dev.visco.model.GuestText;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is kept of a console as evidence, however much a guest has printed: its beginning, its end,
 * and between them the lines that some rule asks for. Lines come one after the other and are kept
 * as text for people.
 */
public final class ConsoleExcerpt {
  /** Characters that are kept of each of the three parts. */
  static final int MAX_PART = 256 << 10;

  private final StringBuilder head = new StringBuilder();
  private final StringBuilder middle = new StringBuilder();
  private final Deque<String> tail = new ArrayDeque<>();
  private int tailLength;
  private long leftOut;

  /** Takes the next line, without its line feed. */
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

  /** The lines that are kept, in order, with a word for those that are not. */
  public String text() {
    var text = new StringBuilder(head).append(middle);
    if (leftOut > 0) {
      text.append("[").append(leftOut).append(" lines are left out before this one]\n");
    }
    tail.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}

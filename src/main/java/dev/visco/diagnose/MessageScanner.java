package dev.visco.diagnose;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which messages stand in a line. One pass over the line: at each place only the texts that begin
 * with the two characters there are compared, and most pairs of characters begin none. A regular
 * expression of all texts tries each of them at each place, and takes fifty times as long.
 */
final class MessageScanner {
  private static final int ASCII = 128;

  /** The texts of all messages by their first two characters. */
  private static final MessageText[][] BY_START = byStart();

  private MessageScanner() {}

  private record MessageText(String value, ConsoleMessage message) {
    boolean isIn(String line, int at) {
      return line.startsWith(value, at) && message.isConfirmedBy(line);
    }
  }

  private static MessageText[][] byStart() {
    var all = new MessageText[ASCII * ASCII][0];
    for (ConsoleMessage message : ConsoleMessage.values()) {
      for (String text : message.texts()) {
        int start = text.charAt(0) * ASCII + text.charAt(1);
        MessageText[] longer = Arrays.copyOf(all[start], all[start].length + 1);
        longer[longer.length - 1] = new MessageText(text, message);
        all[start] = longer;
      }
    }
    return all;
  }

  /** Tells each message in a line of text for people; one that stands there twice is told twice. */
  static void each(String line, Consumer<ConsoleMessage> found) {
    search(
        line,
        message -> {
          found.accept(message);
          return false;
        });
  }

  /** Whether any rule asks for this line. */
  static boolean isAnyIn(String line) {
    return search(line, message -> true);
  }

  private static boolean search(String line, Predicate<ConsoleMessage> isEnough) {
    int first = ASCII;
    for (int at = 0; at < line.length(); at++) {
      int second = line.charAt(at);
      if (first < ASCII && second < ASCII) {
        for (MessageText text : BY_START[first * ASCII + second]) {
          if (text.isIn(line, at - 1) && isEnough.test(text.message())) {
            return true;
          }
        }
      }
      first = second;
    }
    return false;
  }
}

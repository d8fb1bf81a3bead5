package dev.visco.diagnose;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Finds the messages in a console line, in one pass: at each position only the texts that begin
 * with the two characters there are compared, which for most pairs are none. A regular expression
 * of all texts would try each of them at each position, and takes fifty times as long.
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

  /** Reports each message in a cleaned line; one that occurs twice is reported twice. */
  static void each(String line, Consumer<ConsoleMessage> found) {
    search(
        line,
        message -> {
          found.accept(message);
          return false;
        });
  }

  /** Whether the line has any message. */
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

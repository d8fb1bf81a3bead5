package dev.visco.signin.link;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds web links in text that comes in pieces. A link ends where white space, a quote or a bracket
 * comes. Linear, with bounded memory.
 */
public final class LinkScanner {
  /** Characters of a link; a longer one is none. */
  public static final int MAX_LINK = 8192;

  private static final List<String> STARTS = List.of("https://", "http://");
  private static final int LONGEST_START = 8;

  private final StringBuilder word = new StringBuilder();
  private boolean isTooLong;

  /** Takes more text, and returns the links that are whole by now. */
  public List<String> accept(String text) {
    var found = new ArrayList<String>();
    for (int at = 0; at < text.length(); at++) {
      char next = text.charAt(at);
      if (isEnd(next)) {
        end(found);
      } else if (word.length() < MAX_LINK + LONGEST_START) {
        word.append(next);
      } else {
        isTooLong = true;
      }
    }
    return found;
  }

  /** The link that the text ended with; none when it did not. */
  public List<String> finish() {
    var found = new ArrayList<String>();
    end(found);
    return found;
  }

  private static boolean isEnd(char next) {
    return next <= ' ' || next > '~' || "\"'<>`{}|\\^[]".indexOf(next) >= 0;
  }

  private void end(List<String> found) {
    if (!isTooLong && word.length() >= LONGEST_START) {
      String text = word.toString();
      STARTS.stream()
          .mapToInt(text::indexOf)
          .filter(start -> start >= 0)
          .min()
          .ifPresent(start -> add(text.substring(start), found));
    }
    word.setLength(0);
    isTooLong = false;
  }

  /** What ends a sentence, or closes a bracket before it, is not the link's. */
  private static void add(String link, List<String> found) {
    int end = link.length();
    while (end > 0 && ".,;:!?)".indexOf(link.charAt(end - 1)) >= 0) {
      end--;
    }
    if (end > LONGEST_START && end <= MAX_LINK) {
      found.add(link.substring(0, end));
    }
  }
}

package dev.visco.signin.link;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds device codes of one form in text that comes in pieces: words in which each {@code X} of the
 * form is an upper-case letter or a digit.
 */
public final class CodeScanner {
  private final String form;
  private final StringBuilder word = new StringBuilder();

  public CodeScanner(String form) {
    this.form = form;
  }

  /** Takes more text, and returns the codes that are whole by now. */
  public List<String> accept(String text) {
    var found = new ArrayList<String>();
    for (int at = 0; at < text.length(); at++) {
      char next = text.charAt(at);
      if (next == '-' || Character.isLetterOrDigit(next)) {
        if (word.length() <= form.length()) {
          word.append(next);
        }
      } else {
        end(found);
      }
    }
    return found;
  }

  /** The code that the text ended with; none when it did not. */
  public List<String> finish() {
    var found = new ArrayList<String>();
    end(found);
    return found;
  }

  private void end(List<String> found) {
    if (matches()) {
      found.add(word.toString());
    }
    word.setLength(0);
  }

  private boolean matches() {
    if (word.length() != form.length()) {
      return false;
    }
    for (int at = 0; at < form.length(); at++) {
      char one = word.charAt(at);
      boolean isOfCode = (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
      if (form.charAt(at) == 'X' ? !isOfCode : one != form.charAt(at)) {
        return false;
      }
    }
    return true;
  }
}

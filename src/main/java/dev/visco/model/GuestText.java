package dev.visco.model;

import java.nio.charset.StandardCharsets;

/**
 * Text that a guest made, or a file that somebody brought, as text for people: whatever was
 * written, it holds nothing that a terminal obeys (ECMA-48 control sequences and strings, the
 * control characters of C0 and C1), nothing that turns the order of what is read around (Unicode's
 * bidi controls), and no line end that was not asked for. Bytes that are no UTF-8 are U+FFFD. What
 * crosses from a guest into a message, a report, evidence or a log goes through here, where it is
 * read. The work is linear in what came, whatever came.
 */
public final class GuestText {
  /** Characters that are kept of a line; what the kernel and services write is shorter. */
  public static final int MAX_LINE = 600;

  private final String value;

  private GuestText(String value) {
    this.value = value;
  }

  /** One line of at most {@link #MAX_LINE} characters, blanks at its ends left out. */
  public static GuestText line(String foreign) {
    return line(foreign, MAX_LINE);
  }

  /** The same of UTF-8. */
  public static GuestText line(byte[] foreign) {
    return line(new String(foreign, StandardCharsets.UTF_8));
  }

  /**
   * One line: line ends and tabs are blanks, and blanks at its ends are left out.
   *
   * @param max characters that are kept, from the beginning
   */
  public static GuestText line(String foreign, int max) {
    return new GuestText(clean(foreign, max, true).strip());
  }

  /**
   * Several lines: line feeds and tabs stay, a carriage return goes.
   *
   * @param max characters that are kept, from the beginning
   */
  public static GuestText lines(String foreign, int max) {
    return new GuestText(clean(foreign, max, false));
  }

  private static String clean(String foreign, int max, boolean isLine) {
    if (isPlain(foreign)) {
      return foreign.length() <= max ? foreign : foreign.substring(0, max);
    }
    var text = new StringBuilder(Math.min(foreign.length(), max));
    var cleaner = new Cleaner();
    for (int at = 0; at < foreign.length() && text.length() < max; at++) {
      char next = foreign.charAt(at);
      if (isLine && (next == '\n' || next == '\r' || next == '\t')) {
        cleaner.accept('\n', new StringBuilder()); // It ends a sequence all the same.
        // What stands before a line's end is no longer than the line.
        text.append(' ');
      } else {
        cleaner.accept(next, text);
      }
    }
    if (text.length() > max) {
      text.setLength(max - 1); // Only a pair of surrogates goes beyond, and is left out whole.
    }
    return text.toString();
  }

  /** Whether it is printable ASCII alone, as nearly every line is: then it is clean as it is. */
  private static boolean isPlain(String text) {
    for (int at = 0; at < text.length(); at++) {
      char next = text.charAt(at);
      if (next < ' ' || next > '~') {
        return false;
      }
    }
    return true;
  }

  /**
   * The same text with every character that {@link Cleaner} would leave out written as <code>
   * \</code><code>uXXXX</code>, but for tabs and line feeds: nothing is lost, and no terminal obeys
   * it. JSON stays the same JSON.
   */
  public static String escaped(String text) {
    StringBuilder changed = null;
    for (int at = 0; at < text.length(); at++) {
      char next = text.charAt(at);
      boolean isShown = next == '\n' || next == '\t' || isShown(next);
      if (!isShown && changed == null) {
        changed = new StringBuilder(text.length() + 16).append(text, 0, at);
      }
      if (changed != null) {
        if (isShown) {
          changed.append(next);
        } else {
          changed.append("\\u%04x".formatted((int) next));
        }
      }
    }
    return changed == null ? text : changed.toString();
  }

  /** As {@link #escaped}, in one line: line feeds are written as {@code \n}, tabs as blanks. */
  public static String escapedLine(String text) {
    return escaped(text.replace('\t', ' ')).replace("\n", "\\n");
  }

  /** Whether a character is shown as it is, and does nothing else. */
  private static boolean isShown(char one) {
    return !(one < ' '
        || (one >= 0x7f && one <= 0x9f)
        || one == 0x061c
        || one == 0x200e
        || one == 0x200f
        || (one >= 0x2028 && one <= 0x202e)
        || (one >= 0x2060 && one <= 0x206f)
        || one == 0xfeff);
  }

  /** Whether anything is left of it. */
  public boolean isEmpty() {
    return value.isEmpty();
  }

  /** The clean text. */
  public String value() {
    return value;
  }

  @Override
  public String toString() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GuestText text && text.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /**
   * Cleans text that comes piece by piece. Line feeds and tabs stay; a sequence that has no end is
   * left at the end of its line, or after {@value #MAX_SEQUENCE} characters.
   */
  public static final class Cleaner {
    private static final int MAX_SEQUENCE = 4096;

    /** Where in a control sequence the next character stands; ECMA-48, 5.4 and 5.6. */
    private enum State {
      TEXT,
      ESCAPE,
      CONTROL_SEQUENCE,
      STRING,
      STRING_ESCAPE
    }

    private State state = State.TEXT;
    private int length;
    private char high;

    /** Takes one character, and appends what is to be shown. */
    public void accept(char next, StringBuilder out) {
      boolean isOver = next == '\n' || next == 0x18 || next == 0x1a || length++ > MAX_SEQUENCE;
      if (state != State.TEXT && isOver) {
        state = State.TEXT;
      }
      switch (state) {
        case TEXT -> text(next, out);
        case ESCAPE -> escape(next, out);
        case CONTROL_SEQUENCE -> controlSequence(next, out);
        case STRING -> string(next);
        case STRING_ESCAPE -> {
          // ESC \ ends the string; any other escape ends it too, and begins anew.
          state = State.TEXT;
          if (next != '\\') {
            escape(next, out);
          }
        }
      }
    }

    private void text(char next, StringBuilder out) {
      if (high != 0) {
        boolean isPair = Character.isLowSurrogate(next);
        if (!isPair) {
          out.append('\ufffd');
        } else if (!isTag(Character.toCodePoint(high, next))) {
          out.append(high).append(next);
        }
        high = 0;
        if (isPair) {
          return;
        }
      }
      switch (next) {
        case '\n', '\t' -> out.append(next);
        case 0x1b -> begin(State.ESCAPE);
        case 0x9b -> begin(State.CONTROL_SEQUENCE);
        case 0x90, 0x98, 0x9d, 0x9e, 0x9f -> begin(State.STRING);
        default -> {
          if (Character.isHighSurrogate(next)) {
            high = next;
          } else if (Character.isLowSurrogate(next)) {
            out.append('\ufffd');
          } else if (isShown(next)) {
            out.append(next);
          }
        }
      }
    }

    /** Unicode's invisible tags. */
    private static boolean isTag(int codePoint) {
      return codePoint >= 0xe0000 && codePoint <= 0xe007f;
    }

    private void begin(State sequence) {
      state = sequence;
      length = 0;
    }

    private void escape(char next, StringBuilder out) {
      switch (next) {
        case '[' -> begin(State.CONTROL_SEQUENCE);
        case ']', 'P', 'X', '^', '_' -> begin(State.STRING);
        case 0x1b -> begin(State.ESCAPE);
        default -> {
          if (next >= ' ' && next <= '/') {
            return; // An intermediate byte, as in ESC ( B: the final one follows.
          }
          state = State.TEXT;
          if (next < '0' || next > '~') {
            text(next, out); // No escape sequence after all.
          }
        }
      }
    }

    private void controlSequence(char next, StringBuilder out) {
      if (next >= ' ' && next <= '?') {
        return;
      }
      state = State.TEXT;
      if (next < '@' || next > '~') {
        text(next, out); // Broken off.
      }
    }

    private void string(char next) {
      if (next == 0x07 || next == 0x9c) {
        state = State.TEXT;
      } else if (next == 0x1b) {
        state = State.STRING_ESCAPE;
      }
    }
  }
}

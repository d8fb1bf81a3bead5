package dev.visco.model;

import java.nio.charset.StandardCharsets;

/**
 * Text from a guest or from an operator's file, made safe to show: without anything that a terminal
 * obeys (ECMA-48 control sequences and strings, the control characters of C0 and C1), without
 * anything that changes the order of what is read (Unicode's bidi controls), and without unwanted
 * line ends. Bytes that are not UTF-8 become U+FFFD. All that comes from a guest into a message, a
 * report, evidence or a log is cleaned here, where it is read. The work is linear in the length of
 * the input.
 */
public final class GuestText {
  /** The maximum length of a line, in characters; the kernel and services write shorter ones. */
  public static final int MAX_LINE = 600;

  private final String value;

  private GuestText(String value) {
    this.value = value;
  }

  /** One line of at most {@link #MAX_LINE} characters, without blanks at its ends. */
  public static GuestText line(String foreign) {
    return line(foreign, MAX_LINE);
  }

  /** As {@link #line(String)}, of UTF-8 bytes. */
  public static GuestText line(byte[] foreign) {
    return line(new String(foreign, StandardCharsets.UTF_8));
  }

  /**
   * One line: line ends and tabs become blanks, and blanks at its ends are left out.
   *
   * @param max characters that are kept, from the beginning
   */
  public static GuestText line(String foreign, int max) {
    return new GuestText(clean(foreign, max, true).strip());
  }

  /**
   * Several lines: keeps line feeds and tabs, and removes carriage returns.
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
        cleaner.accept('\n', new StringBuilder()); // A line's end ends a sequence, too.
        text.append(' ');
      } else {
        cleaner.accept(next, text);
      }
    }
    if (text.length() > max) {
      text.setLength(max - 1); // Only a pair of surrogates can exceed it; both are left out.
    }
    return text.toString();
  }

  /** Whether it is printable ASCII only, as nearly every line is, and so needs no cleaning. */
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
   * The text with each character that {@link Cleaner} would leave out written as <code>
   * \</code><code>uXXXX</code>, except tabs and line feeds: nothing is lost, and no terminal obeys
   * it. Escaped JSON means the same.
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

  /** As {@link #escaped}, in one line: line feeds become {@code \n}, tabs become blanks. */
  public static String escapedLine(String text) {
    return escaped(text.replace('\t', ' ')).replace("\n", "\\n");
  }

  /** Whether a character is only shown, without any other effect. */
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

  /** Whether nothing is left of it. */
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
   * Cleans text that comes in pieces. Keeps line feeds and tabs; an unfinished sequence counts as
   * ended at the end of its line, or after {@value #MAX_SEQUENCE} characters.
   */
  public static final class Cleaner {
    private static final int MAX_SEQUENCE = 4096;

    /** The position of the next character in a control sequence; ECMA-48, 5.4 and 5.6. */
    private enum ParserState {
      TEXT,
      ESCAPE,
      CONTROL_SEQUENCE,
      STRING,
      STRING_ESCAPE
    }

    private ParserState state = ParserState.TEXT;
    private int length;
    private char high;

    /** Takes one character, and appends what is to be shown of the text so far. */
    public void accept(char next, StringBuilder out) {
      boolean isOver = next == '\n' || next == 0x18 || next == 0x1a || length++ > MAX_SEQUENCE;
      if (state != ParserState.TEXT && isOver) {
        state = ParserState.TEXT;
      }
      switch (state) {
        case TEXT -> text(next, out);
        case ESCAPE -> escape(next, out);
        case CONTROL_SEQUENCE -> controlSequence(next, out);
        case STRING -> string(next);
        case STRING_ESCAPE -> {
          // ESC \ ends the string; any other escape ends it too, and begins a new sequence.
          state = ParserState.TEXT;
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
        case 0x1b -> begin(ParserState.ESCAPE);
        case 0x9b -> begin(ParserState.CONTROL_SEQUENCE);
        case 0x90, 0x98, 0x9d, 0x9e, 0x9f -> begin(ParserState.STRING);
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

    private void begin(ParserState sequence) {
      state = sequence;
      length = 0;
    }

    private void escape(char next, StringBuilder out) {
      switch (next) {
        case '[' -> begin(ParserState.CONTROL_SEQUENCE);
        case ']', 'P', 'X', '^', '_' -> begin(ParserState.STRING);
        case 0x1b -> begin(ParserState.ESCAPE);
        default -> {
          if (next >= ' ' && next <= '/') {
            return; // An intermediate byte, as in ESC ( B: the final one follows.
          }
          state = ParserState.TEXT;
          if (next < '0' || next > '~') {
            text(next, out); // It is not an escape sequence.
          }
        }
      }
    }

    private void controlSequence(char next, StringBuilder out) {
      if (next >= ' ' && next <= '?') {
        return;
      }
      state = ParserState.TEXT;
      if (next < '@' || next > '~') {
        text(next, out); // Broken off.
      }
    }

    private void string(char next) {
      if (next == 0x07 || next == 0x9c) {
        state = ParserState.TEXT;
      } else if (next == 0x1b) {
        state = ParserState.STRING_ESCAPE;
      }
    }
  }
}

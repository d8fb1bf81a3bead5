package dev.visco.signin.terminal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a terminal answers to the queries that programs send it (XTerm Control Sequences; the kitty
 * keyboard protocol). What is not known gets no answer, as with any terminal that lacks it.
 */
final class TerminalAnswers {
  private static final String CSI = "\u001b[";
  private static final String DCS = "\u001bP";
  private static final String OSC = "\u001b]";
  private static final String ST = "\u001b\\";
  private static final int CELL_WIDTH = 8;
  private static final int CELL_HEIGHT = 16;

  /** DECRQM, like {@code ?2026$}. */
  private static final Pattern MODE = Pattern.compile("\\?(\\d{1,5})\\$");

  private static final Pattern COLOUR = Pattern.compile("(1[0-2]|4;\\d{1,3});\\?");

  private final int columns;
  private final int rows;

  TerminalAnswers(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /** An answer, and the name of the query for people. */
  record TerminalAnswer(String query, String text) {}

  private static Optional<TerminalAnswer> answer(String query, String text) {
    return Optional.of(new TerminalAnswer(query, text));
  }

  /**
   * To a control sequence.
   *
   * @param body what stands between {@code CSI} and its last character
   */
  Optional<TerminalAnswer> toSequence(String body, char last, CursorPosition cursor) {
    String place = cursor.row() + ";" + Math.min(cursor.column(), columns);
    return switch (body + last) {
      case "6n" -> answer("cursor position", CSI + place + "R");
      case "?6n" -> answer("cursor position", CSI + "?" + place + ";1R");
      case "5n" -> answer("status", CSI + "0n");
      case "c", "0c" -> answer("device attributes", CSI + "?62;22c");
      case ">c", ">0c" -> answer("secondary device attributes", CSI + ">41;354;0c");
      case "=c", "=0c" -> answer("tertiary device attributes", DCS + "!|00000000" + ST);
      case ">q", ">0q" -> answer("terminal's name", DCS + ">|visco(1)" + ST);
      case "?u" -> answer("keyboard protocol", CSI + "?0u");
      case "14t" ->
          answer(
              "size in pixels", CSI + "4;" + rows * CELL_HEIGHT + ";" + columns * CELL_WIDTH + "t");
      case "16t" -> answer("cell in pixels", CSI + "6;" + CELL_HEIGHT + ";" + CELL_WIDTH + "t");
      case "18t" -> answer("size in characters", CSI + "8;" + rows + ";" + columns + "t");
      default -> mode(body, last);
    };
  }

  /** Every mode is one that it does not know. */
  private static Optional<TerminalAnswer> mode(String body, char last) {
    Matcher mode = MODE.matcher(body);
    return last == 'p' && mode.matches()
        ? answer("mode " + mode.group(1), CSI + "?" + mode.group(1) + ";0$y")
        : Optional.empty();
  }

  /** To an operating system command: white on black, whatever colour is asked for. */
  Optional<TerminalAnswer> toCommand(String body) {
    Matcher colour = COLOUR.matcher(body);
    if (!colour.matches()) {
      return Optional.empty();
    }
    String which = colour.group(1);
    String value = which.equals("11") ? "rgb:0000/0000/0000" : "rgb:ffff/ffff/ffff";
    return answer("colour " + which, OSC + which + ";" + value + ST);
  }

  /** To a device control string: terminal capabilities and settings, none of which it has. */
  Optional<TerminalAnswer> toDeviceString(String body) {
    if (body.startsWith("+q")) {
      return answer("capabilities", DCS + "0+r" + ST);
    }
    return body.startsWith("$q") ? answer("settings", DCS + "0$r" + ST) : Optional.empty();
  }
}

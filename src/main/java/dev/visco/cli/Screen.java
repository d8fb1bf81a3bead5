package dev.visco.cli;

import dev.visco.host.TerminalSize;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the command line's output and error go to.
 *
 * @param isTerminal whether standard output is a terminal, so that a person reads it
 * @param columns the terminal's width; 0 for no limit, as for files and pipes
 * @param hasColours whether standard output is shown in colours
 * @param hasErrorColours whether standard error is
 */
record Screen(boolean isTerminal, int columns, boolean hasColours, boolean hasErrorColours) {
  /** A file or a pipe. */
  static final Screen NONE = new Screen(false, 0, false, false);

  private static final int USUAL_COLUMNS = 80;

  /** This process's own. */
  static Screen ofProcess() {
    boolean isTerminal = StandardOutput.isTerminal(1);
    return of(
        System.getenv(),
        isTerminal,
        StandardOutput.isTerminal(2),
        isTerminal ? TerminalSize.columns(1) : OptionalInt.empty());
  }

  /**
   * The screen as these facts make it: {@code NO_COLOR} (no-color.org) and a dumb terminal turn
   * colours off.
   *
   * @param size what the terminal says of its width, which {@code COLUMNS} overrules
   */
  static Screen of(
      Map<String, String> environment, boolean isTerminal, boolean isErrorOne, OptionalInt size) {
    boolean mayColour =
        environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "").equals("dumb");
    return new Screen(
        isTerminal,
        isTerminal ? columns(environment.getOrDefault("COLUMNS", ""), size) : 0,
        isTerminal && mayColour,
        isErrorOne && mayColour);
  }

  private static int columns(String variable, OptionalInt size) {
    return variable.matches("[1-9]\\d{0,3}")
        ? Integer.parseInt(variable)
        : size.orElse(USUAL_COLUMNS);
  }

  /** The width of help: the terminal's, at least 60, and 80 where there is none. */
  int helpColumns() {
    return columns == 0 ? USUAL_COLUMNS : Math.max(60, columns);
  }
}

package dev.visco.cli;

/** Colours on a terminal (ECMA-48, SGR). */
final class Paint {
  private static final String END = "\u001b[0m";

  private Paint() {}

  static String bold(String text) {
    return "\u001b[1m" + text + END;
  }

  static String red(String text) {
    return "\u001b[31m" + text + END;
  }

  /** A cell with a state, in the colour of how good it is; {@code word} is the cell's text. */
  static String state(String word, String cell) {
    return switch (word.split(" ", 2)[0]) {
      case "ready", "running", "in-use", "met", "active", "ok" -> "\u001b[32m" + cell + END;
      case "failed", "destroyed", "not-met", "vulnerable", "problem" -> red(cell);
      case "creating",
          "starting",
          "stopping",
          "destroying",
          "paused",
          "suspended",
          "canary",
          "warning",
          "unknown" ->
          "\u001b[33m" + cell + END;
      default -> cell;
    };
  }
}

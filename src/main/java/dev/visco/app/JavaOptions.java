package dev.visco.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Selects the JVM options that a command passes on to the daemon it starts. */
final class JavaOptions {
  /** Options that Java takes from the environment stand among a process's own as well. */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private JavaOptions() {}

  /**
   * A command's options but for those that are not meant for a daemon: it lives long enough to gain
   * by all compilers, it has an AOT cache of its own beside the commands', and what came from the
   * environment was for the process that had it there. An agent of two processes would want one and
   * the same port.
   *
   * @param ours all that this JVM was started with, those of the environment too
   */
  static List<String> forDaemon(List<String> ours, Map<String, String> environment) {
    var options = new ArrayList<>(ours);
    for (String variable : VARIABLES) {
      words(environment.getOrDefault(variable, "")).forEach(options::remove);
    }
    options.removeIf(option -> option.startsWith("-XX:TieredStopAtLevel"));
    options.replaceAll(option ->
        option.startsWith("-XX:AOTCache=")
            ? option.replaceFirst("/commands\\.aot$", "/visco.aot")
            : option);
    return options;
  }

  /** Split at blanks, which quotes protect, as the JVM does it. */
  static List<String> words(String text) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean isBegun = false;
    char quote = 0;
    for (char c : text.toCharArray()) {
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        isBegun = true;
      } else if (c == quote) {
        quote = 0;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (isBegun) {
          words.add(word.toString());
        }
        word.setLength(0);
        isBegun = false;
      } else {
        word.append(c);
        isBegun = true;
      }
    }
    if (isBegun) {
      words.add(word.toString());
    }
    return words;
  }
}

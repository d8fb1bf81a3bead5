package dev.visco.session;

import java.util.List;
import java.util.stream.Collectors;

/** SSH carries one command line, which the guest's shell splits: this keeps arguments whole. */
final class ShellQuoting {
  private ShellQuoting() {}

  /** Single quotes keep everything but themselves (POSIX, Shell Command Language 2.2.2). */
  static String line(List<String> arguments) {
    // With something behind it the shell stays, and tells a signal as 128 and its number instead of
    // dying of it.
    return arguments.stream()
        .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" ", "", "; exit $?"));
  }
}

package dev.visco.session;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** SSH carries one command line, which the guest's shell splits: this keeps arguments whole. */
final class ShellQuoting {
  /**
   * The longest argument that Linux starts a program with, its final NUL left out (MAX_ARG_STRLEN,
   * include/uapi/linux/binfmts.h); the guest's sshd hands the whole line to the shell as one.
   */
  static final int MAX_LINE = 131_071;

  private ShellQuoting() {}

  /**
   * Single quotes keep everything but themselves (POSIX, Shell Command Language 2.2.2). What no
   * program can be given is refused: no word at all, a NUL in one, text that is no UTF-8, a line
   * over {@link #MAX_LINE} bytes.
   */
  static String line(List<String> arguments) {
    if (arguments.isEmpty()) {
      throw Refused.invalid("command", "", "is missing", "Give the program and its arguments.");
    }
    arguments.forEach(ShellQuoting::check);
    // With something behind it the shell stays, and tells a signal as 128 and its number instead of
    // dying of it.
    String line =
        arguments.stream()
            .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" ", "", "; exit $?"));
    int bytes = line.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_LINE) {
      throw Refused.invalid(
          "command",
          arguments.getFirst() + " …",
          "is too long: " + bytes + " bytes, where a guest takes " + MAX_LINE,
          "Send the long part on standard input.");
    }
    return line;
  }

  private static void check(String argument) {
    if (argument.indexOf('\0') >= 0) {
      throw Refused.invalid(
          "command",
          argument.replace("\0", "\\0"),
          "holds a NUL, which ends an argument on Linux",
          "Send it on standard input.");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(argument)) {
      throw Refused.invalid(
          "command",
          argument.replaceAll("[\\ud800-\\udfff]", "?"),
          "holds half a character",
          "Send text that can be written as UTF-8.");
    }
  }
}

package dev.visco.session;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Quotes arguments for the guest's shell: SSH carries one command line, which the shell splits. */
final class ShellQuoting {
  /**
   * Maximum length of an argument on Linux in bytes, without the final NUL (MAX_ARG_STRLEN,
   * include/uapi/linux/binfmts.h): the guest's sshd passes the whole line to the shell as one.
   */
  static final int MAX_LINE = 131_071;

  private ShellQuoting() {}

  /**
   * The command line, with each argument in single quotes (POSIX, Shell Command Language 2.2.2).
   * Refuses what cannot be passed to a program: no argument at all, a NUL in one, text that is not
   * valid Unicode, a line of more than {@link #MAX_LINE} bytes.
   */
  static String line(List<String> arguments) {
    if (arguments.isEmpty()) {
      throw Refused.invalid("command", "", "is missing", "Give the program and its arguments.");
    }
    arguments.forEach(ShellQuoting::check);
    // With a second command the shell does not replace itself by the first, so that it reports a
    // signal that ends the command as exit code 128 plus its number.
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

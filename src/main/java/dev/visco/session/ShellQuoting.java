package dev.visco.session;

import dev.visco.host.ResourceText;
import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Quotes arguments for the guest's shell: SSH carries one command line, which the shell splits. */
final class ShellQuoting {
  /**
   * Maximum length of an argument on Linux in bytes, without the final NUL (MAX_ARG_STRLEN,
   * include/uapi/linux/binfmts.h): the guest's sshd passes the whole line to the shell as one.
   */
  static final int MAX_LINE = 131_071;

  private static final String AS_USER = ResourceText.of(ShellQuoting.class, "as-user.sh");

  private ShellQuoting() {}

  /**
   * The line that runs a command in a guest. Refuses what cannot be passed to a program: a NUL in
   * an argument, text that is not valid Unicode, a line of more than {@link #MAX_LINE} bytes.
   *
   * <p>A folder that is not there is exit code 126, as docker's, with the shell's own message.
   */
  static String line(GuestCommand command) {
    String line = body(command);
    if (command.user() == null) {
      line = GuestEnvironment.LOADED + line;
    } else {
      String[] user = command.user().split(":", 2);
      line =
          GuestEnvironment.LOADED
              + "exec sh -c "
              + Stream.of(AS_USER, "visco", user[0], user.length > 1 ? user[1] : "", line)
                  .map(ShellQuoting::quoted)
                  .collect(Collectors.joining(" "));
    }
    int bytes = line.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_LINE) {
      throw Refused.invalid(
          "command",
          command.arguments().isEmpty() ? "…" : command.arguments().getFirst() + " …",
          "is too long: " + bytes + " bytes, where a guest takes " + MAX_LINE,
          "Send the long part on standard input.");
    }
    return line;
  }

  private static String body(GuestCommand command) {
    var line = new StringBuilder();
    if (command.folder() != null) {
      line.append("cd -- ").append(quoted(command.folder())).append(" || exit 126; ");
    }
    new TreeMap<>(command.environment())
        .forEach((name, value) ->
            line.append("export ").append(name).append('=').append(quoted(value)).append("; "));
    if (command.arguments().isEmpty()) {
      return line.append("exec \"${SHELL:-/bin/sh}\" -l").toString();
    }
    command.arguments().forEach(argument -> check("command", argument));
    // With a second command the shell does not replace itself by the first, so that it reports a
    // signal that ends the command as exit code 128 plus its number. What it says of that itself
    // ("Terminated") is no output of the command.
    return line.append("exec 3>&2 2>/dev/null; (exec 2>&3 3>&-; ")
        .append(
            command.arguments().stream().map(ShellQuoting::quoted).collect(Collectors.joining(" ")))
        .append("); exit $?")
        .toString();
  }

  /** In single quotes (POSIX, Shell Command Language 2.2.2). */
  static String quoted(String argument) {
    return "'" + argument.replace("'", "'\\''") + "'";
  }

  /**
   * Refuses what cannot be passed to a program.
   *
   * @param field whose value it is
   */
  static void check(String field, String argument) {
    if (argument.indexOf('\0') >= 0) {
      throw Refused.invalid(
          field,
          argument.replace("\0", "\\0"),
          "holds a NUL, which ends an argument on Linux",
          "Send it on standard input.");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(argument)) {
      throw Refused.invalid(
          field,
          argument.replaceAll("[\\ud800-\\udfff]", "?"),
          "holds half a character",
          "Send text that can be written as UTF-8.");
    }
  }
}

package dev.visco.session;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Scripts in a guest, run by the cheapest shell that it has. Busybox is one program that has most
 * commands of such a script within itself; starting each of them as a program of its own takes an
 * emulated guest 20 to 50 ms, and busybox 4.
 */
public final class GuestShell {
  /** One without a shell in it ends with 127, and has read and done nothing. */
  private static final String CHOICE =
      """
      if [ -x /bin/busybox ]; then
        /bin/busybox sh -c "$@"
        code=$?
        [ $code = 127 ] || exit $code
      fi
      exec sh -c "$@"
      """;

  /** A bash has been started in any case, since it is root's shell. */
  private static final String BASH =
      """
      if [ -n "$BASH_VERSION" ]; then
        script=$1
        shift 2
        eval "$script"
        exit
      fi
      """;

  private GuestShell() {}

  /**
   * The command that runs a script of a POSIX shell. The shell of root's, which runs all commands,
   * chooses the one for it by itself: one more in between would take an emulated guest 25 ms.
   *
   * @param script it must not end with 127
   * @param arguments its {@code $1} and those that follow
   */
  public static List<String> running(String script, List<String> arguments) {
    return evaluated(script, arguments, CHOICE);
  }

  /**
   * The same for a script that starts next to no programs: where root's shell is bash, it runs the
   * script itself, which saves the start of another shell.
   *
   * @param script it does not ask for its {@code $0}
   */
  public static List<String> runningInRootsShell(String script, List<String> arguments) {
    return evaluated(script, arguments, BASH + CHOICE);
  }

  private static List<String> evaluated(String script, List<String> arguments, String by) {
    String words =
        arguments.stream().map(one -> " " + ShellQuoting.quoted(one)).collect(Collectors.joining());
    return List.of("eval", "set -- " + ShellQuoting.quoted(script) + " visco" + words + "\n" + by);
  }
}

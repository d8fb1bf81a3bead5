package dev.visco.verify;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds out that a boot will come to nothing although its machine runs: nobody types into a shell
 * that its initramfs has opened, and a service that has been refused for three times as long as all
 * of the start took will not come. A guest that still says something new is never given up.
 */
public final class DeadEnd {
  /** The number of lines at a console's end among which a prompt is looked for. */
  private static final int END_LINES = 12;

  private static final Duration AT_PROMPT = Duration.ofSeconds(2);
  private static final Duration AT_ROOT = Duration.ofSeconds(5);
  private static final Duration MIN_REFUSED = Duration.ofSeconds(20);
  private static final Duration MIN_SILENT = Duration.ofSeconds(30);

  /** Prompts of shells that only an initramfs has. */
  private static final Pattern INITRAMFS_PROMPT =
      Pattern.compile("^\\(initramfs\\)|^dracut:/#|^sh-[0-9.]+# ?$");

  /** A shell of busybox, which an initramfs opens, and an image may have on its console. */
  private static final Pattern SHELL =
      Pattern.compile("built-in shell \\(ash\\)|can't access tty; job control turned off");

  /** What systemd says when it waits for somebody at the console. */
  private static final Pattern EMERGENCY =
      Pattern.compile(
          "Press Enter for maintenance|Give root password for maintenance"
              + "|Cannot open access to console, the root account|You are in (?:emergency|rescue) mode");

  private static final Pattern STANDS_STILL =
      Pattern.compile("reboot: System halted|reboot: Power down|Freezing execution");

  private static final Pattern NO_INTERFACE =
      Pattern.compile(
          "can't find device|Cannot find device|SIOCGIFFLAGS: No such device|SIOCSIFADDR: No such device");

  private static final Pattern LOGIN = Pattern.compile("login: ?$");

  /** What an sshd says, whichever init has started it: OpenSSH's and dropbear's. */
  private static final Pattern SSHD = Pattern.compile("^Server listening on | Not backgrounding$");

  private DeadEnd() {}

  /**
   * How far a boot has come whose guest no session reaches.
   *
   * @param console its output
   * @param age time since the launch
   * @param silent time since it last said something new
   * @param idle time since it last said something new, or its machine computed
   * @param reach whether its network answers
   */
  public record BootStand(
      String console, Duration age, Duration silent, Duration idle, Reach reach) {}

  /** How a guest's network answers. */
  public enum Reach {
    /** Nothing answers. */
    NOTHING,
    /** The guest's kernel refuses the connection to its sshd. */
    REFUSED,
    /** Something else, like a sign-in that fails. */
    OTHER
  }

  /** Why waiting is of no use, in a sentence; empty as long as it may be of use. */
  public static Optional<String> of(BootStand stand) {
    var console = new ConsoleText(stand.console());
    if (isSilent(stand, AT_PROMPT)) {
      Optional<String> prompt = prompt(console);
      if (prompt.isPresent()) {
        return prompt;
      }
    }
    if (isSilent(stand, AT_ROOT)) {
      boolean isMounted = console.matching(ConsolePatterns.MOUNTED).isPresent();
      if (!isMounted && console.matching(ConsolePatterns.WAITING).isPresent()) {
        return Optional.of("The guest's kernel waits without a deadline for its root device.");
      }
      if (stand.reach() == Reach.NOTHING && console.matching(NO_INTERFACE).isPresent()) {
        return Optional.of("The guest has no network interface of the name that it configures.");
      }
    }
    return unreachable(stand, console);
  }

  private static Optional<String> prompt(ConsoleText console) {
    boolean isMounted = console.matching(ConsolePatterns.MOUNTED).isPresent();
    if (isAtEnd(console, INITRAMFS_PROMPT, END_LINES)
        || (!isMounted && isAtEnd(console, SHELL, END_LINES))) {
      return Optional.of("The guest's initramfs has opened a shell, in which nobody types.");
    }
    if (isAtEnd(console, EMERGENCY, END_LINES)) {
      return Optional.of("The guest's systemd waits at its console for somebody to sign in.");
    }
    return isAtEnd(console, STANDS_STILL, 2)
        ? Optional.of("The guest has halted, and its machine runs on.")
        : Optional.empty();
  }

  /** A guest whose start is over by what it said, and that is not reached since. */
  private static Optional<String> unreachable(BootStand stand, ConsoleText console) {
    boolean isStarted =
        console.matching(ConsolePatterns.INIT).isPresent()
            || console.matching(SSHD).isPresent()
            || isAtEnd(console, LOGIN, 1);
    Duration start = stand.age().minus(stand.idle());
    if (!isStarted || stand.idle().compareTo(start.multipliedBy(2)) < 0) {
      return Optional.empty();
    }
    if (stand.reach() == Reach.REFUSED && stand.idle().compareTo(MIN_REFUSED) >= 0) {
      return Optional.of(
          "The guest refuses its sshd's port for three times as long as its start took.");
    }
    return stand.reach() == Reach.NOTHING && stand.idle().compareTo(MIN_SILENT) >= 0
        ? Optional.of("The guest does not answer for three times as long as its start took.")
        : Optional.empty();
  }

  private static boolean isSilent(BootStand stand, Duration min) {
    return stand.silent().compareTo(min) >= 0;
  }

  private static boolean isAtEnd(ConsoleText console, Pattern pattern, int lines) {
    return console.last(lines).stream().anyMatch(line -> pattern.matcher(line).find());
  }
}

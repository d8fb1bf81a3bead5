package dev.visco.session;

import dev.visco.model.Refused;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Linux's numbers (signal(7)) of signals by their names in SSH (RFC 4254, 6.10). */
public final class GuestSignals {
  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("TRAP", 5),
          Map.entry("ABRT", 6),
          Map.entry("BUS", 7),
          Map.entry("FPE", 8),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15));

  private GuestSignals() {}

  /** A shell's exit code for a command that this signal ended; 128 for an unknown name. */
  static int exitCode(String name) {
    return 128 + NUMBERS.getOrDefault(name, 0);
  }

  /**
   * A signal's name as SSH has it.
   *
   * @param name with or without SIG, in capitals or not
   * @throws Refused when SSH has no such signal
   */
  public static String known(String name) {
    String known = name.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
    if (!NUMBERS.containsKey(known)) {
      throw Refused.invalid(
          "signal",
          name,
          "is no signal that a command can be sent",
          "Give one of " + String.join(", ", new TreeSet<>(NUMBERS.keySet())) + ".");
    }
    return known;
  }
}

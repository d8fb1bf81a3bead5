package dev.visco.session;

import java.util.Map;

/**
 * SshSignals by the names that SSH gives them (RFC 4254, 6.10), with Linux's numbers (signal(7)).
 */
final class SshSignals {
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

  private SshSignals() {}

  /** What a shell would say of a command that this signal ended; 128 for a name that has none. */
  static int exitCode(String name) {
    return 128 + NUMBERS.getOrDefault(name, 0);
  }
}

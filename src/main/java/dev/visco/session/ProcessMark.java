package dev.visco.session;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/**
 * A variable by which the processes of one command are found in the guest. SSH can ask for a signal
 * (RFC 4254, section 6.9), but OpenSSH sends none for root (session.c, session_signal_req: it wants
 * privilege separation, which root's sessions do not have).
 */
record ProcessMark(String value) {
  private static final String NAME = "VISCO_EXEC";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Exits with 1 when there is none, for which it waits a little: it may be about to begin. */
  static final String KILL =
      """
      for round in 1 2 3 4 5; do
        found=1
        for one in /proc/[0-9]*; do
          if tr '\\0' '\\n' <"$one/environ" 2>/dev/null | grep -qxF "$1"; then
            kill -s "$2" "${one#/proc/}" 2>/dev/null && found=0
          fi
        done
        [ $found = 1 ] || exit 0
        sleep 0.2 2>/dev/null || sleep 1
      done
      exit 1
      """;

  static ProcessMark random() {
    byte[] bytes = new byte[8];
    RANDOM.nextBytes(bytes);
    return new ProcessMark(HexFormat.of().formatHex(bytes));
  }

  GuestCommand on(GuestCommand command) {
    return command.with(NAME, value);
  }

  /** The command that sends a signal to all processes with this mark. */
  List<String> kill(String signal) {
    return List.of("sh", "-c", KILL, "visco", NAME + "=" + value, signal);
  }
}

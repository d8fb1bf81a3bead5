package dev.visco.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this process's standard output or error is a terminal. */
final class StandardOutput {
  private StandardOutput() {}

  /**
   * Whether a descriptor is a terminal: 1 for output, 2 for error. {@link java.io.Console} says so
   * only if standard input is one too. A device of unknown kind counts as a terminal.
   */
  static boolean isTerminal(int descriptor) {
    return isTerminal(Path.of("/proc/self/fd/" + descriptor));
  }

  /**
   * @param descriptor of {@code /proc/PID/fd}, see proc(5)
   */
  static boolean isTerminal(Path descriptor) {
    try {
      String device = Files.readSymbolicLink(descriptor).toString();
      return device.startsWith("/dev/") && !device.equals("/dev/null");
    } catch (IOException e) {
      return false; // It is closed.
    }
  }
}

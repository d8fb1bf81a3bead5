package dev.visco.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this process's standard output is a terminal. */
final class StandardOutput {
  private StandardOutput() {}

  /**
   * Whether it is a terminal. {@link java.io.Console} says so only if standard input is one too. A
   * device of unknown kind counts as a terminal.
   */
  static boolean isTerminal() {
    return isTerminal(Path.of("/proc/self/fd/1"));
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

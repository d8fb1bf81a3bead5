package dev.visco.host;

import java.io.IOException;
import java.util.List;

/**
 * A program that takes this one's place for a while: it has its terminal, streams and variables.
 */
public final class ForegroundProcess {
  private ForegroundProcess() {}

  /**
   * Runs it to its end and returns its exit code. It is ended with this program.
   *
   * @throws HostFault when it cannot be started
   */
  public static int run(List<String> arguments) {
    try {
      Process process = new ProcessBuilder(Programs.located(arguments)).inheritIO().start();
      var end = new Thread(process::destroy);
      Runtime.getRuntime().addShutdownHook(end);
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        process.destroy();
        Thread.currentThread().interrupt();
        return 130;
      } finally {
        removeHook(end);
      }
    } catch (IOException e) {
      throw new HostFault("cannot start " + arguments.getFirst() + ": " + e.getMessage(), e);
    }
  }

  private static void removeHook(Thread end) {
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // This program ends already.
    }
  }
}

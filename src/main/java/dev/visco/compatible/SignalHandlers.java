package dev.visco.compatible;

import java.util.Map;
import java.util.function.IntConsumer;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Handles signals as Firecracker does: those of faults and limits end the process with exit codes
 * of their own (recorded), TERM and INT kill it. SEGV, ILL and FPE are used by the JVM and end it
 * in the JVM's way.
 */
@SuppressWarnings("sunapi")
final class SignalHandlers {
  private static final Map<String, Integer> CODES =
      Map.of("BUS", 149, "XFSZ", 151, "XCPU", 154, "HUP", 156, "SYS", 2);

  private SignalHandlers() {}

  /**
   * @param end receives the exit code
   */
  static void install(IntConsumer end) {
    for (String name : new String[] {"TERM", "INT"}) {
      Signal.handle(new Signal(name), SignalHandler.SIG_DFL);
    }
    CODES.forEach((name, code) -> Signal.handle(new Signal(name), signal -> end.accept(code)));
  }
}

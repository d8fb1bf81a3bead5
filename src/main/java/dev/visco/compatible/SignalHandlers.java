package dev.visco.compatible;

import java.util.Map;
import java.util.function.IntConsumer;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * What signals do to the process: those of faults and limits end it with a code of their own, as
 * they end Firecracker (recorded), TERM and INT simply kill. The JVM keeps SEGV, ILL and FPE to
 * itself, so these end it in the JVM's way.
 */
@SuppressWarnings("sunapi")
final class SignalHandlers {
  private static final Map<String, Integer> CODES =
      Map.of("BUS", 149, "XFSZ", 151, "XCPU", 154, "HUP", 156, "SYS", 2);

  private SignalHandlers() {}

  /**
   * @param end is told the exit code
   */
  static void install(IntConsumer end) {
    for (String name : new String[] {"TERM", "INT"}) {
      Signal.handle(new Signal(name), SignalHandler.SIG_DFL);
    }
    CODES.forEach((name, code) -> Signal.handle(new Signal(name), signal -> end.accept(code)));
  }
}

package dev.visco.compatible;

import java.time.Duration;
import java.util.OptionalInt;

/** A process that is played against: in this JVM, or a real one. */
interface PlayedProcess extends AutoCloseable {
  void type(String text);

  /** All that it has written to its standard output so far. */
  String output();

  /** Its exit code, negative for the signal that ended it; empty when it runs on. */
  OptionalInt awaitExit(Duration max);

  /** Sends it a signal, like SIGTERM. */
  void signal(String name);

  /** Kills it at once. */
  @Override
  void close();
}

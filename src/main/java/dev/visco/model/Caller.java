package dev.visco.model;

import java.util.Optional;

/**
 * The name of whoever asked for what this thread does just now: a token's name while a request of
 * the API is answered. Absent in the daemon's own threads: what they do was asked for by nobody, or
 * was recorded when it was asked for.
 */
public final class Caller {
  private static final ScopedValue<String> NAME = ScopedValue.newInstance();

  private Caller() {}

  /** What is done in somebody's name. */
  public interface Work {
    void run() throws Exception;
  }

  /** Does it in this name. */
  public static void run(String name, Work work) throws Exception {
    ScopedValue.where(NAME, name)
        .call(() -> {
          work.run();
          return name;
        });
  }

  public static Optional<String> name() {
    return NAME.isBound() ? Optional.of(NAME.get()) : Optional.empty();
  }
}

package dev.visco.model;

import java.util.Optional;

/**
 * The name of the caller on whose behalf this thread works, bound while a request of the API is
 * handled. Unbound in the daemon's own threads.
 */
public final class Caller {
  private static final ScopedValue<String> NAME = ScopedValue.newInstance();

  private Caller() {}

  /** Work on behalf of a caller. */
  public interface CallerWork {
    void run() throws Exception;
  }

  /** Runs the work on behalf of this caller. */
  public static void run(String name, CallerWork work) throws Exception {
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

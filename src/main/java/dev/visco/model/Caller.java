package dev.visco.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The caller on whose behalf this thread works, bound while a request of the API is handled.
 * Unbound in the daemon's own threads.
 *
 * @param name for logs and events
 * @param token the digest of the token it has shown; null when it has shown none of ours
 * @param user whose token it has shown; null for an operator's, and for none
 */
public record Caller(String name, @Nullable String token, @Nullable String user) {
  private static final ScopedValue<Caller> CURRENT = ScopedValue.newInstance();

  /** Work on behalf of a caller. */
  public interface CallerWork {
    void run() throws Exception;
  }

  /** Runs the work on behalf of this caller. */
  public void run(CallerWork work) throws Exception {
    ScopedValue.where(CURRENT, this)
        .call(() -> {
          work.run();
          return this;
        });
  }

  /** The one on whose behalf this thread works. */
  public static Optional<Caller> current() {
    return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
  }
}

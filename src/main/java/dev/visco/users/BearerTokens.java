package dev.visco.users;

import dev.visco.model.Access;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Knows bearer tokens. */
public interface BearerTokens {
  /**
   * What this token gives access to; empty when nobody knows it.
   *
   * @throws dev.visco.model.Refused as unauthorized with the reason when it is known and holds no
   *     more
   */
  Optional<Access> access(String secret);

  /**
   * Whether what was opened with a token may go on.
   *
   * @param token the digest of a token of this store; null when it was none
   * @param expires when the access ends; null for never
   */
  boolean isCurrent(@Nullable String token, @Nullable Instant expires);
}

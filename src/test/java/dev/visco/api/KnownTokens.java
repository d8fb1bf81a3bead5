package dev.visco.api;

import dev.visco.model.Access;
import dev.visco.users.BearerTokens;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tokens in memory; a token's digest is its secret. A test revokes them. */
public final class KnownTokens implements BearerTokens {
  private final Map<String, Access> tokens = new ConcurrentHashMap<>();

  /** None at first. */
  public static KnownTokens none() {
    return new KnownTokens();
  }

  /** One. */
  public static KnownTokens of(String secret, Access access) {
    return none().with(secret, access);
  }

  /** This one as well. */
  public KnownTokens with(String secret, Access access) {
    tokens.put(
        secret,
        new Access(
            access.name(),
            access.role(),
            access.user(),
            access.readOnly(),
            secret,
            access.expires()));
    return this;
  }

  public void revoke(String secret) {
    tokens.remove(secret);
  }

  @Override
  public Optional<Access> access(String secret) {
    return Optional.ofNullable(tokens.get(secret));
  }

  @Override
  public boolean isCurrent(@Nullable String token, @Nullable Instant expires) {
    return token == null || tokens.containsKey(token);
  }
}

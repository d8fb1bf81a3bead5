package dev.visco.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a bearer token gives access to.
 *
 * @param name the token's name, for logs, events and the audit
 * @param user whose VMs it is for; null unless the role is {@link TokenRole#USER}
 * @param readOnly whether it may change nothing and open no guest
 * @param token the digest of a token that this store knows; null for one that an issuer signed
 * @param expires null for never
 */
public record Access(
    String name,
    TokenRole role,
    @Nullable UserId user,
    boolean readOnly,
    @Nullable String token,
    @Nullable Instant expires) {
  public Access {
    if ((role == TokenRole.USER) != (user != null)) {
      throw new IllegalArgumentException("a token of role " + role + " for user " + user);
    }
  }

  /** Everything, for ever. */
  public static Access admin(String name) {
    return new Access(name, TokenRole.ADMIN, null, false, null, null);
  }
}

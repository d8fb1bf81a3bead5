package dev.visco.store;

import dev.visco.model.Access;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A token as it is stored; times are milliseconds after the epoch.
 *
 * @param digest SHA-256 of the secret
 * @param owner whose VMs it is for; null unless the role is {@link TokenRole#USER}
 * @param expires null for never
 * @param lastUse to the minute; null when it was never used
 */
public record TokenRow(
    String digest,
    String name,
    TokenRole role,
    @Nullable String owner,
    boolean readOnly,
    long created,
    @Nullable Long expires,
    @Nullable Long lastUse) {
  /** What it gives access to. */
  public Access access() {
    return new Access(
        name,
        role,
        owner == null ? null : new UserId(owner),
        readOnly,
        digest,
        expires == null ? null : Instant.ofEpochMilli(expires));
  }
}

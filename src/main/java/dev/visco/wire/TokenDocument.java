package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A bearer token in answers of the API.
 *
 * @param role {@code admin}, {@code operator} or {@code user}
 * @param user whose VMs it is for; left out unless the role is {@code user}
 * @param expires left out for never
 * @param lastUse to the minute; left out when it was never used
 * @param secret the token itself, in the answer to its creation alone
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TokenDocument(
    String name,
    String role,
    @Nullable String user,
    boolean readOnly,
    Instant created,
    @Nullable Instant expires,
    @Nullable Instant lastUse,
    @Nullable String secret) {
  /** Never the secret. */
  @Override
  public String toString() {
    return "TokenDocument[" + name + "]";
  }
}

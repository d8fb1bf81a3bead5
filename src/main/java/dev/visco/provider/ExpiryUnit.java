package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the time at which a credential expires is written. */
public enum ExpiryUnit {
  /** Seconds since 1970. */
  SECONDS,
  /** Milliseconds since 1970. */
  MILLISECONDS,
  /** A time in ISO 8601. */
  ISO8601,
  /** The claim {@code exp} of a JSON Web Token (RFC 7519, 4.1.4). */
  JWT;

  /** Its name in provider files and in JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}

package dev.visco.api;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What stands in an {@code Authorization} header (RFC 9110, 11.4). */
record Credential(Scheme scheme, String secret) {
  /** What the secret is. */
  enum Scheme {
    /** A token of the API. */
    BEARER,
    /** A desktop's link. */
    TICKET,
    /** A desktop's page, after it has exchanged its link's ticket. */
    PAGE
  }

  /** Empty for no header, and for one that is none of ours. */
  static Optional<Credential> of(@Nullable String header) {
    String[] parts = header == null ? new String[0] : header.strip().split(" +", 2);
    if (parts.length != 2) {
      return Optional.empty();
    }
    for (Scheme scheme : Scheme.values()) {
      if (scheme.name().equals(parts[0].toUpperCase(Locale.ROOT))) {
        return Optional.of(new Credential(scheme, parts[1].strip()));
      }
    }
    return Optional.empty();
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "Credential[" + scheme + "]";
  }
}

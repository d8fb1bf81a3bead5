package dev.visco.api.http;

import java.util.Optional;

/** A secret in an {@code Authorization} header (RFC 9110, 11.4). */
public record Credential(Scheme scheme, String secret) {
  /** Kinds of secrets. */
  public enum Scheme {
    /** A token of the API. */
    BEARER,
    /** The ticket in a link to a desktop. */
    TICKET,
    /** The key of a desktop's page, for which it exchanged the ticket of its link. */
    PAGE
  }

  /**
   * The credential of this scheme, whose name is read in any case.
   *
   * @param authorization the header, if there is one
   */
  public static Optional<Credential> of(Optional<String> authorization, Scheme scheme) {
    return authorization
        .map(header -> header.strip().split(" +", 2))
        .filter(parts -> parts.length == 2 && scheme.name().equalsIgnoreCase(parts[0]))
        .map(parts -> new Credential(scheme, parts[1].strip()));
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "Credential[" + scheme + "]";
  }
}

package dev.visco.api.tls;

import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * A certificate with its key, as a server shows it.
 *
 * @param chain the server's own first, then those between it and its authority's
 */
public record ServerCertificate(List<X509Certificate> chain, PrivateKey key) {
  private static final Duration SOON = Duration.ofDays(14);

  /** Types of names (RFC 5280, 4.2.1.6). */
  private static final int DNS = 2;

  private static final int ADDRESS = 7;

  public ServerCertificate {
    chain = List.copyOf(chain);
  }

  /** The server's own. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** The names and addresses that it is for. */
  public List<String> names() {
    var names = new ArrayList<String>();
    try {
      Collection<List<?>> all = leaf().getSubjectAlternativeNames();
      for (List<?> one : Objects.requireNonNullElse(all, List.<List<?>>of())) {
        if (one.get(0) instanceof Integer type && (type == DNS || type == ADDRESS)) {
          names.add(Objects.toString(one.get(1)));
        }
      }
    } catch (CertificateParsingException e) {
      throw new IllegalStateException(e);
    }
    return names;
  }

  /** After which nobody accepts it. */
  public Instant end() {
    return leaf().getNotAfter().toInstant();
  }

  /**
   * Whether it ends within two weeks, or within the last quarter of its life: whoever renews it by
   * a timer has done so before.
   */
  public boolean endsSoon(Instant now) {
    Duration quarter = Duration.between(leaf().getNotBefore().toInstant(), end()).dividedBy(4);
    return Duration.between(now, end()).compareTo(quarter.compareTo(SOON) < 0 ? quarter : SOON) < 0;
  }

  /** The server's own certificate in PEM. */
  String pem() {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(leaf().getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For people: its names and its end, and nothing of its key. */
  @Override
  public String toString() {
    return "%s until %s"
        .formatted(names().isEmpty() ? "no name" : String.join(", ", names()), end());
  }
}

package dev.visco.relay.secret;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Certificates of an authority's hosts, made when they are needed and kept in memory alone. */
public final class HostCertificates {
  private static final Duration VALID = Duration.ofDays(30);

  /** They are made anew before they end. */
  private static final Duration REST = Duration.ofDays(7);

  private final CertificateAuthority authority;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<String, Ready> ready = new HashMap<>();

  private record Ready(SSLContext context, Instant until) {}

  /**
   * @param random one whose numbers cannot be guessed
   */
  public HostCertificates(
      CertificateAuthority authority, InstantSource clock, RandomGenerator random) {
    this.authority = authority;
    this.clock = clock;
    this.random = random;
  }

  /** A server's side of TLS for this host. */
  public synchronized SSLContext of(String host) {
    Instant now = clock.instant();
    Ready known = ready.get(host);
    if (known == null || now.isAfter(known.until())) {
      known = new Ready(make(host, now), now.plus(VALID).minus(REST));
      ready.put(host, known);
    }
    return known.context();
  }

  private SSLContext make(String host, Instant now) {
    try {
      CertificateAuthority.Issued issued = authority.issue(host, now, VALID, random);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      Certificate[] chain = {issued.certificate(), authority.certificate()};
      char[] none = {};
      store.setKeyEntry(host, issued.key(), none, chain);
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, none);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the certificate of " + host + " could not be made", e);
    }
  }
}

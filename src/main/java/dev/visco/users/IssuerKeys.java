package dev.visco.users;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The keys that an issuer signs with. They are fetched when the first token comes, again after an
 * hour, and when a token names a key that is not among them: so new keys are known at once, and old
 * ones are forgotten. Whatever tokens come, the issuer is asked once in {@link #PAUSE} at most. An
 * issuer that does not answer takes no key away.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {
  /** How long keys are used without asking again. */
  static final Duration LIFE = Duration.ofHours(1);

  /** Between two questions. */
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final int TIMEOUT_MILLIS = 5000;
  private static final int MAX_BYTES = 1 << 20;

  private final String issuer;
  private final @Nullable URI keysUrl;
  private final InstantSource clock;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile Known known = new Known(List.of(), Instant.MIN, Instant.MIN, null);

  /**
   * What is known of the issuer.
   *
   * @param fetched when the keys came
   * @param asked when they were asked for, also in vain
   * @param failure of the last question; null when it was answered
   */
  private record Known(List<JWK> keys, Instant fetched, Instant asked, @Nullable String failure) {}

  /**
   * @param keysUrl where the keys are; null for where the issuer says, at its own host
   */
  IssuerKeys(String issuer, @Nullable URI keysUrl, InstantSource clock) {
    this.issuer = issuer;
    this.keysUrl = keysUrl;
    this.clock = clock;
  }

  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context)
      throws KeySourceException {
    Known now = known;
    List<JWK> found = selector.select(new JWKSet(now.keys()));
    boolean isOld = now.fetched().plus(LIFE).isBefore(clock.instant());
    if (!found.isEmpty() && !isOld) {
      return found;
    }
    Known asked = ask(found.isEmpty());
    found = selector.select(new JWKSet(asked.keys()));
    if (found.isEmpty() && asked.failure() != null) {
      throw new KeySourceException(asked.failure());
    }
    return found;
  }

  /**
   * Asks the issuer, unless that was done a moment ago.
   *
   * @param isNeeded whether to wait for somebody else's question
   */
  private Known ask(boolean isNeeded) {
    if (isNeeded) {
      asking.lock();
    } else if (!asking.tryLock()) {
      return known;
    }
    try {
      Instant now = clock.instant();
      if (known.asked().plus(PAUSE).isAfter(now)) {
        return known;
      }
      try {
        known = new Known(fetch(), now, now, null);
      } catch (IOException | ParseException | java.text.ParseException e) {
        known = new Known(known.keys(), known.fetched(), now, e.getMessage() + "");
      }
      return known;
    } finally {
      asking.unlock();
    }
  }

  private List<JWK> fetch() throws IOException, ParseException, java.text.ParseException {
    return JWKSet.parse(get(keysUrl())).getKeys();
  }

  private URI keysUrl() throws IOException, ParseException {
    if (keysUrl != null) {
      return keysUrl;
    }
    var metadata =
        OIDCProviderMetadata.parse(
            get(URI.create(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration")));
    if (!metadata.getIssuer().getValue().equals(issuer)) {
      throw new IOException("it calls itself " + metadata.getIssuer());
    }
    URI keys = metadata.getJWKSetURI();
    if (keys == null || !origin(keys).equals(origin(URI.create(issuer)))) {
      throw new IOException(
          "its keys are elsewhere, at " + keys + "; if that is right, set oidc.keys-url to it");
    }
    return keys;
  }

  private static String origin(URI url) {
    return url.getScheme() + "://" + url.getAuthority();
  }

  /** Nobody else is asked: no redirect is followed, and no proxy taken. */
  private static String get(URI url) throws IOException {
    var connection = (HttpURLConnection) url.toURL().openConnection(Proxy.NO_PROXY);
    try {
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setRequestProperty("Accept", "application/json");
      if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
        throw new IOException(url + " answered " + connection.getResponseCode());
      }
      try (InputStream in = connection.getInputStream()) {
        byte[] text = in.readNBytes(MAX_BYTES + 1);
        if (text.length > MAX_BYTES) {
          throw new IOException(url + " answered more than " + MAX_BYTES + " bytes");
        }
        return new String(text, StandardCharsets.UTF_8);
      }
    } finally {
      connection.disconnect();
    }
  }
}

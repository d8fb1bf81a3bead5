package dev.visco.signin.standin;

import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Codes and tokens of one provider. A code counts once and for whoever has the verifier of its
 * challenge (RFC 7636, S256); a refresh token counts once.
 */
final class StandInTokens {
  private static final Base64.Encoder BASE_64 = Base64.getUrlEncoder().withoutPadding();

  /** For how long an access token lasts. */
  static final Duration LIFE = Duration.ofHours(1);

  private final InstantSource clock;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<String, String> challenges = new HashMap<>();
  private final Set<String> refresh = new HashSet<>();
  private final Set<String> access = new HashSet<>();

  StandInTokens(InstantSource clock) {
    this.clock = clock;
  }

  /** Now, in seconds since 1970. */
  long now() {
    return clock.instant().getEpochSecond();
  }

  String next(String prefix) {
    return prefix + numbers.incrementAndGet();
  }

  synchronized String code(String challenge) {
    String code = next("code-of-the-stand-in-");
    challenges.put(code, challenge);
    return code;
  }

  /** Uses a code up. */
  synchronized boolean use(String code, String verifier) {
    return Optional.ofNullable(challenges.remove(code))
        .filter(challenge(verifier)::equals)
        .isPresent();
  }

  static String challenge(String verifier) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return BASE_64.encodeToString(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  synchronized String refreshToken() {
    String token = next("refresh-of-the-stand-in-");
    refresh.add(token);
    return token;
  }

  synchronized boolean useRefresh(String token) {
    return refresh.remove(token);
  }

  synchronized String accessToken(String token) {
    access.add(token);
    return token;
  }

  synchronized boolean isValid(String token) {
    return access.contains(token);
  }

  /** A token with claims, whose signature nobody looks at. */
  static String jwt(Map<String, ?> claims) {
    return BASE_64.encodeToString(
            "{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
        + "."
        + BASE_64.encodeToString(Json.line(claims).getBytes(StandardCharsets.UTF_8))
        + "."
        + BASE_64.encodeToString("signature".getBytes(StandardCharsets.UTF_8));
  }
}

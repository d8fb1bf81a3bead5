package dev.visco.events;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signatures of deliveries (Standard Webhooks 1.0.0, "Signature scheme"): HMAC-SHA256 of id,
 * timestamp and body with full stops between them, by a secret that is written as {@code whsec_}
 * and its base64.
 */
final class WebhookSignature {
  private static final String PREFIX = "whsec_";
  private static final int SECRET_BYTES = 32;
  private static final int MIN_BYTES = 24;
  private static final int MAX_BYTES = 64;

  private WebhookSignature() {}

  /**
   * A new secret.
   *
   * @param random one whose numbers cannot be guessed
   */
  static String newSecret(RandomGenerator random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return PREFIX + Base64.getEncoder().encodeToString(secret);
  }

  /** Refuses what is no secret of {@value #MIN_BYTES} to {@value #MAX_BYTES} bytes. */
  static void check(String secret) {
    try {
      int length = secret.startsWith(PREFIX) ? key(secret).length : 0;
      if (length >= MIN_BYTES && length <= MAX_BYTES) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw Refused.invalid(
        "secret",
        "(not shown)",
        "is no secret of a webhook",
        "Give whsec_ and the base64 of 24 to 64 random bytes, or leave it out for a new one.");
  }

  private static byte[] key(String secret) {
    return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
  }

  /**
   * The value of the header {@code webhook-signature}.
   *
   * @param timestamp seconds after the epoch
   */
  static String of(String secret, String id, long timestamp, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key(secret), "HmacSHA256"));
      byte[] signed =
          mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(signed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}

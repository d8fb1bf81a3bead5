package dev.visco.store;

import dev.visco.model.Digest;
import java.nio.charset.StandardCharsets;

/** Secrets are stored as SHA-256 digests, so that a copy of the store reveals none. */
final class Secrets {
  private Secrets() {}

  static String digest(String secret) {
    return Digest.of(secret.getBytes(StandardCharsets.UTF_8)).hex();
  }
}

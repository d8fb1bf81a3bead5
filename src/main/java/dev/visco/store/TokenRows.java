package dev.visco.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bearer tokens: only their SHA-256 is stored, so that the store gives nobody away. */
public final class TokenRows {
  private final Store store;

  public TokenRows(Store store) {
    this.store = store;
  }

  public void add(String token, String name, long now) {
    store.write(sql ->
        sql.update(
            "INSERT INTO tokens (digest, name, created) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            digest(token),
            name,
            now));
  }

  /**
   * Whether this is one of ours. The digest is what is compared, so how long it takes tells nothing
   * of a token.
   */
  public boolean isKnown(String token) {
    return store.read(sql ->
        sql.first("SELECT 1 FROM tokens WHERE digest = ?", row -> true, digest(token)).isPresent());
  }

  private static String digest(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

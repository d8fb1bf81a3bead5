package dev.visco.store;

import java.util.Optional;

/** Bearer tokens. Only their SHA-256 is stored, so that a copy of the store reveals none. */
public final class TokenRows {
  private final Transactions store;

  public TokenRows(Transactions store) {
    this.store = store;
  }

  public void add(String token, String name, long now) {
    store.write(sql ->
        sql.update(
            "INSERT INTO tokens (digest, name, created) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            Secrets.digest(token),
            name,
            now));
  }

  /** Records a token, and removes all others of its name. */
  public void replace(String token, String name, long now) {
    store.write(sql -> {
      sql.update("DELETE FROM tokens WHERE name = ? AND digest <> ?", name, Secrets.digest(token));
      return sql.update(
          "INSERT INTO tokens (digest, name, created) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING",
          Secrets.digest(token),
          name,
          now);
    });
  }

  /** The name of a token; empty when it is unknown. */
  public Optional<String> nameOf(String token) {
    return store.read(sql ->
        sql.first(
            "SELECT name FROM tokens WHERE digest = ?",
            row -> row.getString(1),
            Secrets.digest(token)));
  }

  /**
   * Whether a token is known. Since digests are compared, the time that this takes reveals nothing
   * of a token.
   */
  public boolean isKnown(String token) {
    return nameOf(token).isPresent();
  }
}

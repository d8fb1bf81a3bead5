package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Bearer tokens, each with a name of its own. Only their SHA-256 is stored, so that a copy of the
 * store reveals none. Since digests are compared, the time of a look-up reveals nothing of a token.
 */
public final class TokenRows {
  private static final String SELECT =
      "SELECT tokens.digest AS digest, name, role, owner, read_only, created, expires, at"
          + " FROM tokens LEFT JOIN token_uses ON tokens.digest = token_uses.digest";

  private static final int SECRET_BYTES = 24;

  /** Uses closer together than this, in milliseconds, are one. */
  private static final long SAME_USE = 60_000;

  private final Transactions store;
  private final String host;

  /**
   * @param host whose events tell of changes
   */
  public TokenRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * A new token.
   *
   * @param random one whose numbers cannot be guessed
   */
  public static String newSecret(RandomGenerator random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return "visco-" + HexFormat.of().formatHex(secret);
  }

  private static TokenRow map(ResultSet row) throws SQLException {
    return new TokenRow(
        row.getString("digest"),
        row.getString("name"),
        TokenRole.of(row.getString("role")),
        row.getString("owner"),
        row.getInt("read_only") != 0,
        row.getLong("created"),
        Sql.longOrNull(row, "expires"),
        Sql.longOrNull(row, "at"));
  }

  /**
   * Adds one. Refused when there is one of that name, or no such user.
   *
   * @param owner whose VMs it is for; null unless the role is {@link TokenRole#USER}
   * @param expires milliseconds after the epoch, null for never
   */
  public TokenRow add(
      String secret,
      String name,
      TokenRole role,
      @Nullable String owner,
      boolean readOnly,
      @Nullable Long expires,
      long now) {
    return store.write(sql -> {
      if (owner != null) {
        UserRows.get(sql, owner);
      }
      if (byName(sql, name).isPresent()) {
        throw new Refused(
            new Refusal.Conflict(
                "There is a token \"" + name + "\" already.",
                "Use another name, or revoke that one."));
      }
      var row =
          new TokenRow(Secrets.digest(secret), name, role, owner, readOnly, now, expires, null);
      insert(sql, row);
      return row;
    });
  }

  private void insert(Sql sql, TokenRow row) {
    int added =
        sql.update(
            "INSERT INTO tokens (digest, name, role, owner, read_only, created, expires)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            row.digest(),
            row.name(),
            row.role().word(),
            row.owner(),
            row.readOnly() ? 1 : 0,
            row.created(),
            row.expires());
    if (added == 1) {
      add(sql, host, EventKind.TOKEN_CREATED, row, "was made", row.created());
    }
  }

  private static void add(
      Sql sql, String host, EventKind kind, TokenRow row, String text, long now) {
    EventRows.add(
        sql,
        host,
        NewEvent.of(kind, "The token " + row.name() + " " + text + ".")
            .owner(row.owner())
            .subject(row.name()),
        now);
  }

  /** From now on this is the only token of that name; it may do everything. */
  public void replace(String secret, String name, long now) {
    String digest = Secrets.digest(secret);
    store.write(sql -> {
      sql.query(SELECT + " WHERE name = ? AND tokens.digest <> ?", TokenRows::map, name, digest)
          .forEach(old -> remove(sql, host, old, now));
      insert(sql, new TokenRow(digest, name, TokenRole.ADMIN, null, false, now, null, null));
      return digest;
    });
  }

  private static void remove(Sql sql, String host, TokenRow row, long now) {
    String digest = row.digest();
    sql.update("DELETE FROM tokens WHERE digest = ?", digest);
    sql.update("DELETE FROM token_uses WHERE digest = ?", digest);
    sql.update("DELETE FROM desktop_grants WHERE token = ?", digest);
    sql.update("DELETE FROM links WHERE token = ?", digest);
    add(sql, host, EventKind.TOKEN_REVOKED, row, "was revoked", now);
  }

  private static Optional<TokenRow> byName(Sql sql, String name) {
    return sql.first(SELECT + " WHERE name = ?", TokenRows::map, name);
  }

  /** The token of this secret, also one that has expired; empty when it is none of ours. */
  public Optional<TokenRow> find(String secret) {
    return ofDigest(Secrets.digest(secret));
  }

  /** The token of this digest, also one that has expired. */
  public Optional<TokenRow> ofDigest(String digest) {
    return store.read(
        sql -> sql.first(SELECT + " WHERE tokens.digest = ?", TokenRows::map, digest));
  }

  /**
   * In the order of their names.
   *
   * @param after only those with a higher name
   */
  public List<TokenRow> page(int limit, String after) {
    return store.read(sql ->
        sql.query(SELECT + " WHERE name > ? ORDER BY name LIMIT ?", TokenRows::map, after, limit));
  }

  /**
   * Records that it was used now, unless it was within the last minute. A token that was revoked
   * meanwhile leaves nothing.
   */
  public void use(String digest, long now) {
    store.write(sql ->
        sql.update(
            "INSERT INTO token_uses (digest, at) SELECT digest, CAST(? AS BIGINT) FROM tokens"
                + " WHERE digest = ? ON CONFLICT (digest) DO UPDATE SET at = excluded.at"
                + " WHERE ABS(excluded.at - token_uses.at) >= ?",
            now,
            digest,
            SAME_USE));
  }

  /**
   * Removes the token of this name, with what it opened.
   *
   * @return the token as it was, empty when there is none
   */
  public Optional<TokenRow> revoke(String name, long now) {
    return store.write(sql -> {
      Optional<TokenRow> row = byName(sql, name);
      row.ifPresent(one -> remove(sql, host, one, now));
      return row;
    });
  }

  /** Removes all of a user's, inside the transaction that removes the user. */
  static void revokeAllOf(Sql sql, String host, String owner, long now) {
    sql.query(SELECT + " WHERE owner = ?", TokenRows::map, owner)
        .forEach(row -> remove(sql, host, row, now));
  }
}

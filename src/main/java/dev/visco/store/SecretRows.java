package dev.visco.store;

import dev.visco.model.SecretName;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The secrets of one host, encrypted. Each change is recorded together with its event. */
public final class SecretRows {
  private final Transactions store;
  private final String host;

  public SecretRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** The secret of this id. */
  public Optional<SecretRow> find(String id) {
    return store.read(sql -> find(sql, id));
  }

  private Optional<SecretRow> find(Sql sql, String id) {
    return sql.first("SELECT * FROM secrets WHERE host = ? AND id = ?", SecretRow::of, host, id);
  }

  /** The secret of this name. */
  public Optional<SecretRow> find(SecretName name) {
    return store.read(sql -> find(sql, name));
  }

  private Optional<SecretRow> find(Sql sql, SecretName name) {
    return sql.first(
        "SELECT * FROM secrets"
            + " WHERE host = ? AND kind = ? AND owner = ? AND provider = ? AND name = ?",
        SecretRow::of,
        host,
        name.kind().word(),
        name.owner(),
        name.provider(),
        name.name());
  }

  /**
   * Users' secrets, by owner, kind, provider and name.
   *
   * @param owner only this user's, null for all users'
   */
  public List<SecretRow> ofUsers(@Nullable String owner) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM secrets WHERE host = ? AND vm IS NULL AND owner = COALESCE(?, owner)"
                + " ORDER BY owner, kind, provider, name",
            SecretRow::of,
            host,
            owner));
  }

  /** Whether this user has a secret of their own. */
  static boolean hasAny(Sql sql, String host, String owner) {
    return sql.first(
            "SELECT 1 FROM secrets WHERE host = ? AND owner = ? AND vm IS NULL LIMIT 1",
            row -> true,
            host,
            owner)
        .isPresent();
  }

  /** How many secrets are encrypted with each master key, by its id. */
  public Map<String, Long> countsByMaster() {
    return counts("master");
  }

  /** How many secrets there are of each kind, by its word. */
  public Map<String, Long> countsByKind() {
    return counts("kind");
  }

  private Map<String, Long> counts(String column) {
    var counts = new TreeMap<String, Long>();
    store
        .read(sql ->
            sql.query(
                "SELECT " + column + ", COUNT(*) FROM secrets WHERE host = ? GROUP BY " + column,
                row -> Map.entry(row.getString(1), row.getLong(2)),
                host))
        .forEach(count -> counts.put(count.getKey(), count.getValue()));
    return counts;
  }

  /**
   * Puts a secret, in one transaction with its event.
   *
   * @param next the new row, of the one that is there; whatever it throws leaves all as it is
   */
  public SecretRow put(
      SecretName name,
      Function<Optional<SecretRow>, SecretRow> next,
      Function<SecretRow, NewEvent> event,
      long now) {
    return store.write(sql -> {
      SecretRow row = next.apply(find(sql, name));
      write(sql, row);
      EventRows.add(sql, host, event.apply(row), now);
      return row;
    });
  }

  /**
   * Changes a secret in one transaction with its event; empty when it is not there.
   *
   * @param event of the row before and after; empty for none
   */
  public Optional<SecretRow> change(
      String id,
      UnaryOperator<SecretRow> next,
      BiFunction<SecretRow, SecretRow, Optional<NewEvent>> event,
      long now) {
    return store.write(sql -> {
      Optional<SecretRow> before = find(sql, id);
      Optional<SecretRow> after = before.map(next);
      if (!after.equals(before)) {
        write(sql, after.orElseThrow());
        event
            .apply(before.orElseThrow(), after.orElseThrow())
            .ifPresent(told -> EventRows.add(sql, host, told, now));
      }
      return after;
    });
  }

  /**
   * Gives all secrets other wrapped keys, and records which master key holds from then on, with the
   * event, in one transaction.
   *
   * @param fact the name of the fact that tells of the master key
   * @return the number of secrets
   */
  public int rewrap(
      UnaryOperator<SecretRow> next, String fact, String value, NewEvent event, long now) {
    return store.write(sql -> {
      List<SecretRow> all =
          sql.query("SELECT * FROM secrets WHERE host = ? ORDER BY id", SecretRow::of, host);
      all.forEach(row -> write(sql, next.apply(row)));
      FactRows.set(sql, host, fact, value);
      EventRows.add(sql, host, event, now);
      return all.size();
    });
  }

  private void write(Sql sql, SecretRow row) {
    sql.update("DELETE FROM secrets WHERE host = ? AND id = ?", host, row.id());
    SecretName name = row.name();
    sql.update(
        "INSERT INTO secrets (id, host, kind, owner, vm, provider, name, version, master, wrapped,"
            + " value, state, problem, expires, validated, created, changed)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id(),
        host,
        name.kind().word(),
        name.owner(),
        name.holder(),
        name.provider(),
        name.name(),
        row.version(),
        row.master(),
        row.wrapped(),
        row.value(),
        row.state().word(),
        row.problem(),
        row.expires(),
        row.validated(),
        row.created(),
        row.changed());
  }

  /** Removes a secret, with its event; empty when it is not there. */
  public Optional<SecretRow> remove(String id, Function<SecretRow, NewEvent> event, long now) {
    return store.write(sql -> {
      Optional<SecretRow> row = find(sql, id);
      row.ifPresent(found -> {
        sql.update("DELETE FROM secrets WHERE host = ? AND id = ?", host, id);
        EventRows.add(sql, host, event.apply(found), now);
      });
      return row;
    });
  }

  /** Removes those of a user who is removed. */
  static void removeOf(Sql sql, UserId user) {
    sql.update("DELETE FROM secrets WHERE owner = ? AND vm IS NULL", user.value());
  }

  /** Removes those of a VM that is destroyed. */
  static void removeOf(Sql sql, VmId vm) {
    sql.update("DELETE FROM secrets WHERE vm = ?", vm.value());
  }

  /** Removes those of a snapshot that is removed. */
  static void removeOf(Sql sql, SnapshotPlace snapshot) {
    sql.update("DELETE FROM secrets WHERE vm = ?", snapshot.value());
  }
}

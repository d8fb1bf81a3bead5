package dev.visco.store;

import java.util.Optional;

/** What Visco has recorded of one host, by name: how it was before, its network, who conducts. */
public final class FactRows {
  private final Transactions store;
  private final String host;

  public FactRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** A fact, empty when nobody has recorded it. */
  public Optional<String> find(String name) {
    return store.read(sql -> find(sql, host, name));
  }

  static Optional<String> find(Sql sql, String host, String name) {
    return sql.first(
        "SELECT value FROM facts WHERE host = ? AND name = ?", row -> row.getString(1), host, name);
  }

  /** A fact that is recorded once and stays; {@code first} makes it when there is none yet. */
  public String findOrAdd(String name, String first) {
    return store.write(sql -> {
      sql.update(
          "INSERT INTO facts (host, name, value) VALUES (?, ?, ?) ON CONFLICT (host, name) DO NOTHING",
          host,
          name,
          first);
      return find(sql, host, name).orElseThrow();
    });
  }

  /** Records a fact in place of what was there. */
  public void set(String name, String value) {
    store.write(sql -> set(sql, host, name, value));
  }

  static int set(Sql sql, String host, String name, String value) {
    return sql.update(
        "INSERT INTO facts (host, name, value) VALUES (?, ?, ?)"
            + " ON CONFLICT (host, name) DO UPDATE SET value = excluded.value",
        host,
        name,
        value);
  }

  /** Takes a fact away; safe to repeat. */
  public void remove(String name) {
    store.write(sql -> sql.update("DELETE FROM facts WHERE host = ? AND name = ?", host, name));
  }
}

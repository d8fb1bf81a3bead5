package dev.visco.store;

import java.util.Optional;

/**
 * Facts of one host by name: its settings before Visco changed them, its network, the daemon that
 * works on its VMs.
 */
public final class FactRows {
  private final Transactions store;
  private final String host;

  public FactRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** The name of the fact that says how the traffic of a user's VMs leaves. */
  public static String egressOfUser(String user) {
    return "egress-of-user." + user;
  }

  /** A fact; empty when it is not recorded. */
  public Optional<String> find(String name) {
    return store.read(sql -> find(sql, host, name));
  }

  static Optional<String> find(Sql sql, String host, String name) {
    return sql.first(
        "SELECT value FROM facts WHERE host = ? AND name = ?", row -> row.getString(1), host, name);
  }

  /** A fact that never changes; {@code first} is recorded if there is none yet. */
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

  /** Records or replaces a fact. */
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

  /** Removes a fact; safe to repeat. */
  public void remove(String name) {
    store.write(sql -> sql.update("DELETE FROM facts WHERE host = ? AND name = ?", host, name));
  }
}

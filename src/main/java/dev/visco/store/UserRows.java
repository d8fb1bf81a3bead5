package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Users of VMs. */
public final class UserRows {
  private static final String NOTHING = "{}";

  private final Transactions store;
  private final String host;

  /**
   * @param host whose events tell of changes
   */
  public UserRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static void add(Sql sql, String host, EventKind kind, String id, String text, long now) {
    EventRows.add(
        sql, host, NewEvent.of(kind, "User " + id + " " + text + ".").owner(id).subject(id), now);
  }

  private static UserRow map(ResultSet row) throws SQLException {
    return new UserRow(
        row.getString("id"),
        row.getString("labels"),
        row.getString("quota"),
        UserState.of(row.getString("state")),
        row.getLong("created"),
        row.getLong("changed"));
  }

  /** The user of this id, refused when there is none. */
  static UserRow get(Sql sql, String id) {
    return find(sql, id)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "user",
                    id,
                    Advice.of(
                        "{} lists them; {} makes one.",
                        new Remedy.ListUsers(),
                        new Remedy.CreateUser(id)))));
  }

  private static Optional<UserRow> find(Sql sql, String id) {
    return sql.first("SELECT * FROM users WHERE id = ?", UserRows::map, id);
  }

  /** The user of this id, made if there is none. */
  static UserRow getOrAdd(Sql sql, String host, String id, long now) {
    return find(sql, id)
        .orElseGet(() -> {
          insert(sql, host, id, NOTHING, NOTHING, now);
          return get(sql, id);
        });
  }

  private static boolean insert(
      Sql sql, String host, String id, String labels, String quota, long now) {
    boolean isNew =
        sql.update(
                "INSERT INTO users (id, labels, quota, state, created, changed)"
                    + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                id,
                labels,
                quota,
                UserState.ACTIVE.word(),
                now,
                now)
            == 1;
    if (isNew) {
      add(sql, host, EventKind.USER_CREATED, id, "was added", now);
    }
    return isNew;
  }

  /** Adds a user; refused when there is one of that id. */
  public UserRow add(UserId id, String labels, String quota, long now) {
    return store.write(sql -> {
      if (!insert(sql, host, id.value(), labels, quota, now)) {
        throw new Refused(
            new Refusal.Conflict(
                "There is a user \"" + id + "\" already.",
                Advice.of("Change it: {}", new Remedy.UpdateUser(id.value()))));
      }
      return get(sql, id.value());
    });
  }

  public Optional<UserRow> find(UserId id) {
    return store.read(sql -> find(sql, id.value()));
  }

  /** The same, refused when there is none. */
  public UserRow get(UserId id) {
    return store.read(sql -> get(sql, id.value()));
  }

  /**
   * In the order of their ids.
   *
   * @param after only those with a higher id
   */
  public List<UserRow> page(int limit, String after) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM users WHERE id > ? ORDER BY id LIMIT ?", UserRows::map, after, limit));
  }

  /**
   * Changes what is not null; refused when there is no such user.
   *
   * @return the user as it is then
   */
  public UserRow update(
      UserId id,
      @Nullable String labels,
      @Nullable String quota,
      @Nullable UserState state,
      long now) {
    return store.write(sql -> {
      UserRow row = get(sql, id.value());
      sql.update(
          "UPDATE users SET labels = ?, quota = ?, state = ?, changed = ? WHERE id = ?",
          labels == null ? row.labels() : labels,
          quota == null ? row.quota() : quota,
          (state == null ? row.state() : state).word(),
          now,
          id.value());
      if (labels != null || quota != null) {
        add(sql, host, EventKind.USER_UPDATED, row.id(), "was changed", now);
      }
      if (state != null && state != row.state()) {
        boolean isActive = state == UserState.ACTIVE;
        EventKind kind = isActive ? EventKind.USER_RESUMED : EventKind.USER_SUSPENDED;
        add(sql, host, kind, row.id(), isActive ? "is active again" : "was suspended", now);
      }
      return get(sql, id.value());
    });
  }

  /**
   * Removes a user with its tokens. Refused when there is no such user, and while it has VMs,
   * snapshots or volumes on any host.
   */
  public void remove(UserId id, long now) {
    store.write(sql -> {
      get(sql, id.value());
      long vms =
          count(
              sql,
              "SELECT COUNT(*) FROM vms WHERE owner = ? AND purpose = 'user' AND state <> 'destroyed'",
              id);
      long snapshots = count(sql, "SELECT COUNT(*) FROM snapshots WHERE owner = ?", id);
      long volumes = count(sql, "SELECT COUNT(*) FROM volumes WHERE owner = ?", id);
      if (vms + snapshots + volumes > 0) {
        throw new Refused(
            new Refusal.Conflict(
                "User %s has %d VMs, %d snapshots and %d volumes."
                    .formatted(id, vms, snapshots, volumes),
                Advice.of(
                    "Remove them first ({}, {}), have them removed with it (--force), or suspend it: {}",
                    new Remedy.RemoveVm(null),
                    new Remedy.RemoveSnapshot(null),
                    new Remedy.SuspendUser(id.value()))));
      }
      TokenRows.revokeAllOf(sql, host, id.value(), now);
      SecretRows.removeOf(sql, id);
      SignInRows.removeOf(sql, id);
      add(sql, host, EventKind.USER_REMOVED, id.value(), "was removed", now);
      return sql.update("DELETE FROM users WHERE id = ?", id.value());
    });
  }

  private static long count(Sql sql, String query, UserId id) {
    return sql.first(query, row -> row.getLong(1), id.value()).orElse(0L);
  }
}

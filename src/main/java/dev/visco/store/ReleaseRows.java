package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The VMM releases that were added to one host. */
public final class ReleaseRows {
  private final Transactions store;
  private final String host;

  public ReleaseRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static ReleaseRow map(ResultSet row) throws SQLException {
    String accepted = row.getString("accepted");
    return new ReleaseRow(
        row.getString("name"),
        row.getString("version"),
        row.getString("digest"),
        row.getString("jailer_digest"),
        row.getString("source"),
        row.getLong("added"),
        ReleaseRow.ReleaseStatus.of(row.getString("status")),
        row.getString("reason"),
        Sql.longOrNull(row, "checked"),
        accepted.isEmpty() ? List.of() : List.of(accepted.split(" ", -1)));
  }

  public List<ReleaseRow> list() {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM releases WHERE host = ? ORDER BY added, name", ReleaseRows::map, host));
  }

  public Optional<ReleaseRow> find(String name) {
    return store.read(sql -> find(sql, host, name));
  }

  static Optional<ReleaseRow> find(Sql sql, String host, String name) {
    return sql.first(
        "SELECT * FROM releases WHERE host = ? AND name = ?", ReleaseRows::map, host, name);
  }

  /** Records a release whose files are in place; its name must be new. */
  public void insert(ReleaseRow row, String event) {
    store.write(sql -> {
      sql.update(
          "INSERT INTO releases (host, name, version, digest, jailer_digest, source, added, status, reason, checked, accepted)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          host,
          row.name(),
          row.version(),
          row.digest(),
          row.jailerDigest(),
          row.source(),
          row.added(),
          row.status().word(),
          row.reason(),
          row.checked(),
          String.join(" ", row.accepted()));
      return EventRows.add(
          sql, host, NewEvent.of(EventKind.RELEASE_ADDED, event).subject(row.name()), row.added());
    });
  }

  /** Records the result of a canary; does nothing when the release was removed meanwhile. */
  public void checked(
      String name,
      ReleaseRow.ReleaseStatus status,
      @Nullable String reason,
      EventKind kind,
      String event,
      long now) {
    store.write(sql -> {
      setStatus(sql, host, name, status, reason, now);
      return EventRows.add(sql, host, NewEvent.of(kind, event).subject(name), now);
    });
  }

  static int setStatus(
      Sql sql,
      String host,
      String name,
      ReleaseRow.ReleaseStatus status,
      @Nullable String reason,
      long now) {
    return sql.update(
        "UPDATE releases SET status = ?, reason = ?, checked = ? WHERE host = ? AND name = ?",
        status.word(),
        reason,
        now,
        host,
        name);
  }

  static int accept(Sql sql, ReleaseRow release, String host, List<String> more) {
    var all = new TreeSet<>(release.accepted());
    all.addAll(more);
    return sql.update(
        "UPDATE releases SET accepted = ? WHERE host = ? AND name = ?",
        String.join(" ", all),
        host,
        release.name());
  }

  /**
   * What needs a release.
   *
   * @param isCurrent whether new VMs use it
   * @param isPrevious whether a rollback goes to it
   * @param vms those that are not destroyed
   * @param snapshots those that it wrote
   */
  public record Needs(
      boolean isCurrent, boolean isPrevious, List<String> vms, List<String> snapshots) {
    public Needs {
      vms = List.copyOf(vms);
      snapshots = List.copyOf(snapshots);
    }

    public boolean isNone() {
      return !isCurrent && !isPrevious && vms.isEmpty() && snapshots.isEmpty();
    }
  }

  public Needs needs(String name) {
    return store.read(sql -> needs(sql, name));
  }

  private Needs needs(Sql sql, String name) {
    RolloutRow rollout = RolloutRows.get(sql, host);
    return new Needs(
        rollout.current().equals(name),
        name.equals(rollout.previous()),
        sql.query(
            "SELECT id FROM vms WHERE host = ? AND release = ? AND state <> 'destroyed' ORDER BY id",
            row -> row.getString(1),
            host,
            name),
        sql.query(
            "SELECT id FROM snapshots WHERE host = ? AND release = ? ORDER BY id",
            row -> row.getString(1),
            host,
            name));
  }

  /**
   * Removes the row unless the release is needed, in one transaction, so that no VM can begin to
   * need it in between.
   *
   * @return what needs it; nothing when it was removed
   */
  public Needs remove(String name, String event, long now) {
    return store.write(sql -> {
      Needs needs = needs(sql, name);
      if (needs.isNone()
          && sql.update("DELETE FROM releases WHERE host = ? AND name = ?", host, name) == 1) {
        EventRows.add(sql, host, NewEvent.of(EventKind.RELEASE_REMOVED, event).subject(name), now);
      }
      return needs;
    });
  }
}

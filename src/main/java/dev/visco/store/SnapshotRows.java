package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The snapshots of one host; each owner has names of their own. A row is inserted before the first
 * file is written and removed after the last file, so that a folder without a row belongs to no
 * snapshot.
 */
public final class SnapshotRows {
  private final Transactions store;
  private final String host;
  private final InstantSource clock;

  /**
   * @param clock tells when events happened
   */
  public SnapshotRows(Transactions store, String host, InstantSource clock) {
    this.store = store;
    this.host = host;
    this.clock = clock;
  }

  private static SnapshotRow map(ResultSet row) throws SQLException {
    return new SnapshotRow(
        row.getString("id"),
        new VmId(row.getString("vm")),
        row.getString("owner"),
        row.getString("spec"),
        row.getString("image"),
        row.getString("release"),
        row.getInt("format"),
        row.getString("folder"),
        row.getLong("created"),
        Sql.longOrNull(row, "bytes"),
        row.getString("digest"));
  }

  /** Records a snapshot; its id must be new among its owner's. */
  public void insert(SnapshotRow row) {
    store.write(sql ->
        sql.update(
            "INSERT INTO snapshots (id, host, vm, owner, spec, image, release, format, folder, created, bytes, digest)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.id(),
            host,
            row.vm().value(),
            row.owner(),
            row.spec(),
            row.image(),
            row.release(),
            row.format(),
            row.folder(),
            row.created(),
            row.bytes(),
            row.digest()));
  }

  /** Records that all its files are on the disk; does nothing when it was removed meanwhile. */
  public void written(String owner, String id, long bytes, String digest) {
    store.write(sql -> {
      Optional<SnapshotRow> row =
          sql.first(
              "UPDATE snapshots SET bytes = ?, digest = ? WHERE host = ? AND owner = ? AND id = ?"
                  + " RETURNING *",
              SnapshotRows::map,
              bytes,
              digest,
              host,
              owner,
              id);
      row.ifPresent(one -> add(sql, EventKind.SNAPSHOT_CREATED, one, "is complete"));
      return row;
    });
  }

  private void add(Sql sql, EventKind kind, SnapshotRow row, String text) {
    if (row.isMemory()) {
      return; // Its VM's events tell of it.
    }
    EventRows.add(
        sql,
        host,
        NewEvent.of(kind, "The snapshot " + row.id() + " of " + row.vm() + " " + text + ".")
            .vm(row.vm().value())
            .owner(row.owner())
            .subject(row.id()),
        clock.millis());
  }

  public Optional<SnapshotRow> find(String owner, String id) {
    return store.read(sql ->
        sql.first(
            "SELECT * FROM snapshots WHERE host = ? AND owner = ? AND id = ?",
            SnapshotRows::map,
            host,
            owner,
            id));
  }

  /**
   * The folder with its files.
   *
   * @throws dev.visco.model.Refused when there is no such snapshot
   */
  public Path folder(String owner, String id) {
    return find(owner, id)
        .map(row -> Path.of(row.folder()))
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "snapshot", id, Advice.of("{} lists them.", new Remedy.ListSnapshots()))));
  }

  /** Newest first, including those that are being written. */
  public List<SnapshotRow> list() {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM snapshots WHERE host = ? ORDER BY created DESC, id, owner",
            SnapshotRows::map,
            host));
  }

  /** Removes the row; safe to repeat. */
  public void remove(String owner, String id) {
    store.write(sql -> {
      Optional<SnapshotRow> row =
          sql.first(
              "DELETE FROM snapshots WHERE host = ? AND owner = ? AND id = ? RETURNING *",
              SnapshotRows::map,
              host,
              owner,
              id);
      row.ifPresent(one -> {
        if (one.bytes() == null) {
          add(sql, EventKind.SNAPSHOT_FAILED, one, "was not completed");
        } else {
          add(sql, EventKind.SNAPSHOT_REMOVED, one, "was removed");
        }
      });
      return row;
    });
  }
}

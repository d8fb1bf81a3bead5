package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.VmId;
import dev.visco.model.WarmPool;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
        row.getString("digest"),
        state(row),
        SnapshotRetention.of(row.getString("retention")).orElseThrow(),
        place(row.getString("place")),
        row.getString("parent"),
        Sql.longOrNull(row, "imported"),
        SnapshotConsistency.of(row.getString("consistency")),
        row.getString("processor"));
  }

  /** A row of an earlier version's file has no state: it is whole if it has a size. */
  private static SnapshotState state(ResultSet row) throws SQLException {
    SnapshotState state = SnapshotState.of(row.getString("state"));
    return state == SnapshotState.WHOLE && Sql.longOrNull(row, "bytes") == null
        ? SnapshotState.WRITING
        : state;
  }

  private static @Nullable SnapshotPlace place(@Nullable String value) {
    return value == null ? null : new SnapshotPlace(value);
  }

  /** Records a snapshot; its id must be new among its owner's. */
  public void insert(SnapshotRow row) {
    store.write(sql ->
        sql.update(
            "INSERT INTO snapshots (id, host, vm, owner, spec, image, release, format, folder, created, bytes, digest,"
                + " state, retention, place, parent, imported, consistency, processor)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            row.digest(),
            row.state().word(),
            row.retention().word(),
            row.place() == null ? null : row.place().value(),
            row.parent(),
            row.imported(),
            row.consistency().word(),
            row.processor()));
  }

  /**
   * Records that all its files are on the disk; does nothing when it was removed meanwhile, or is
   * being removed.
   */
  public void written(String owner, String id, long bytes, String digest) {
    store.write(sql -> {
      Optional<SnapshotRow> row =
          sql.first(
              "UPDATE snapshots SET bytes = ?, digest = ?, state = ?"
                  + " WHERE host = ? AND owner = ? AND id = ? AND state = ? RETURNING *",
              SnapshotRows::map,
              bytes,
              digest,
              SnapshotState.WHOLE.word(),
              host,
              owner,
              id,
              SnapshotState.WRITING.word());
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
    return store.read(sql -> find(sql, host, owner, id));
  }

  static Optional<SnapshotRow> find(Sql sql, String host, String owner, String id) {
    return sql.first(
        "SELECT * FROM snapshots WHERE host = ? AND owner = ? AND id = ?",
        SnapshotRows::map,
        host,
        owner,
        id);
  }

  /**
   * Whose a snapshot is from which a VM of this owner was made: everybody may get VMs that are made
   * from the templates of pools, which nobody names.
   */
  public static String holder(String owner, String id) {
    return SnapshotRow.isTemplate(id) ? WarmPool.OWNER.value() : owner;
  }

  /** Records what its disk is consistent with, as turned out while it was copied. */
  public void consistent(String owner, String id, SnapshotConsistency consistency) {
    set(owner, id, "consistency", consistency.word());
  }

  /**
   * Records that a whole one is about to lose its memory.
   *
   * @param bytes what is left
   * @param digest of the list of that
   */
  public void withoutMemory(String owner, String id, long bytes, String digest) {
    store.write(sql ->
        sql.first(
            "UPDATE snapshots SET bytes = ?, digest = ?, consistency = ?"
                + " WHERE host = ? AND owner = ? AND id = ? AND state = ? RETURNING *",
            SnapshotRows::map,
            bytes,
            digest,
            SnapshotConsistency.CRASH.word(),
            host,
            owner,
            id,
            SnapshotState.WHOLE.word()));
  }

  /** Records that its files are about to be removed; safe to repeat. */
  public void removing(String owner, String id) {
    set(owner, id, "state", SnapshotState.REMOVING.word());
  }

  /** Records until when it stays; empty when there is no such snapshot. */
  public Optional<SnapshotRow> retain(String owner, String id, SnapshotRetention retention) {
    return set(owner, id, "retention", retention.word());
  }

  /**
   * Records that its files have moved out of its VM's folder.
   *
   * @param folder where they are from now on
   */
  public Optional<SnapshotRow> moved(String owner, String id, SnapshotPlace place, Path folder) {
    return store.write(sql ->
        sql.first(
            "UPDATE snapshots SET place = ?, folder = ? WHERE host = ? AND owner = ? AND id = ?"
                + " RETURNING *",
            SnapshotRows::map,
            place.value(),
            folder.toString(),
            host,
            owner,
            id));
  }

  private Optional<SnapshotRow> set(String owner, String id, String column, String value) {
    return store.write(sql ->
        sql.first(
            "UPDATE snapshots SET "
                + column
                + " = ? WHERE host = ? AND owner = ? AND id = ? RETURNING *",
            SnapshotRows::map,
            value,
            host,
            owner,
            id));
  }

  /** Records that somebody has read it whole and found it damaged. */
  public void damaged(SnapshotRow row, String how) {
    store.write(sql -> {
      add(sql, EventKind.SNAPSHOT_DAMAGED, row, "is damaged: " + how);
      return row;
    });
  }

  /**
   * The folder with its files.
   *
   * @throws dev.visco.model.Refused when there is no such snapshot, or it is not whole
   */
  public Path folder(String owner, String id) {
    SnapshotRow row = find(owner, id).orElseThrow(() -> unknown(id));
    if (!row.isWhole()) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot "
                  + id
                  + (row.state() == SnapshotState.WRITING
                      ? " is still being written."
                      : " is being removed."),
              row.state() == SnapshotState.WRITING
                  ? Advice.words("Wait until it is whole.")
                  : Advice.of("Use another one: {}", new Remedy.ListSnapshots())));
    }
    return row.path();
  }

  /** The refusal of a name that no snapshot of its owner has. */
  public static Refused unknown(String id) {
    return new Refused(
        new Refusal.NotFound(
            "snapshot", id, Advice.of("{} lists them.", new Remedy.ListSnapshots())));
  }

  /** Newest first, including those that are being written. */
  public List<SnapshotRow> list() {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM snapshots WHERE host = ? ORDER BY created DESC, id, owner",
            SnapshotRows::map,
            host));
  }

  /** Removes the row, and its keys in the vault; safe to repeat. */
  public void remove(String owner, String id) {
    store.write(sql -> {
      sql.first(
              "SELECT * FROM snapshots WHERE host = ? AND owner = ? AND id = ?",
              SnapshotRows::map,
              host,
              owner,
              id)
          .map(SnapshotRow::place)
          .ifPresent(place -> SecretRows.removeOf(sql, place));
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

package dev.visco.store;

import dev.visco.model.DesiredState;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Updates a store from the files in the folders of VMs and snapshots ({@link RowFiles}), if it is
 * older than they are: a restored copy, a new store, or one that lost its last commits.
 */
final class FolderRows {
  private final Sql sql;
  private final Path data;
  private final String host;
  private final int schema;

  private FolderRows(Sql sql, Path data, String host, int schema) {
    this.sql = sql;
    this.data = data;
    this.host = host;
    this.schema = schema;
  }

  /**
   * The result.
   *
   * @param taken VMs and snapshots whose rows were taken from their folders
   * @param records whether the rows of other tables were taken from their file
   * @param gone VMs that no longer exist: their rows were older than their destruction
   * @param stale the keys whose files are older than the store and must be written
   */
  record Merged(List<String> taken, boolean records, List<String> gone, Set<String> stale) {
    boolean isOld() {
      return records || !taken.isEmpty();
    }
  }

  /**
   * Takes the rows that are newer in the files.
   *
   * @param isOld whether the store is known to be older than the folders
   * @param host the host that the rows belong to, whatever name a file has for it
   */
  static Merged merge(
      Sql sql, Path data, RowFiles.FoundRowFiles found, boolean isOld, String host, int schema) {
    return new FolderRows(sql, data, host, schema).merge(found, isOld);
  }

  private Merged merge(RowFiles.FoundRowFiles found, boolean isOld) {
    var taken = new ArrayList<String>();
    var stale = new TreeSet<>(found.unreadable());
    boolean records = false;
    if (found.files().stream().noneMatch(file -> file.key().equals(RowTriggers.SECRETS_KEY))
        && RowFile.count(sql, RowTriggers.SECRETS_KEY) > 0) {
      stale.add(RowTriggers.SECRETS_KEY);
    }
    for (RowFile file : found.files()) {
      long count = RowFile.count(sql, file.key());
      if (file.schema() > schema) {
        // Written by a newer Visco, whose store was replaced by a copy from before it.
        stale.add(file.key());
        continue;
      }
      if (file.count() > count) {
        if (file.key().equals(RowTriggers.RECORDS_KEY)) {
          // A file of an earlier version has fewer tables; what it does not know of stays.
          RowTriggers.RECORDS.stream()
              .filter(file.tables()::containsKey)
              .forEach(table -> replace(table, "", file));
          records = true;
        } else if (file.key().equals(RowTriggers.SECRETS_KEY)) {
          replace("secrets", " WHERE vm IS NULL", file);
          records = true;
        } else if (SnapshotPlace.isOne(file.key())) {
          takeSnapshot(file);
          taken.add(file.key());
        } else {
          take(file);
          taken.add(file.key());
        }
        setCount(file);
      } else if (file.count() < count || file.schema() < schema) {
        stale.add(file.key());
      }
    }
    stale.addAll(withoutFile(found));
    var gone = isOld || records || !taken.isEmpty() ? endThoseWithoutFolder() : List.<String>of();
    return new Merged(taken, records, gone, stale);
  }

  /** Snapshots whose files were complete when the daemon ended, but not the file of their rows. */
  private List<String> withoutFile(RowFiles.FoundRowFiles found) {
    var places =
        new ArrayList<>(
            sql.query(
                "SELECT place FROM snapshots WHERE place IS NOT NULL", row -> row.getString(1)));
    found.files().forEach(file -> places.remove(file.key()));
    return places;
  }

  private void replace(String table, String where, RowFile file, @Nullable Object... values) {
    sql.update("DELETE FROM " + table + where, values);
    for (Map<String, @Nullable Object> row : file.rows(table)) {
      insert(table, row);
    }
  }

  /** Inserts a row with the host's present name: older files have another one or none. */
  private void insert(String table, Map<String, @Nullable Object> row) {
    var named = new LinkedHashMap<String, @Nullable Object>(row);
    named.put("host", host);
    RowFile.insert(sql, table, named);
  }

  /** Its name may be another one's by now in an older store; the one with the folder has it. */
  private void takeSnapshot(RowFile file) {
    for (Map<String, @Nullable Object> row : file.rows("snapshots")) {
      sql.update(
          "DELETE FROM snapshots WHERE host = ? AND owner = ? AND id = ?",
          host,
          row.get("owner"),
          row.get("id"));
    }
    replace("snapshots", " WHERE place = ?", file, file.key());
    replace("secrets", " WHERE vm = ?", file, file.key());
  }

  private void take(RowFile file) {
    String vm = file.key();
    sql.update("UPDATE slots SET state = 'free', vm = NULL WHERE vm = ?", vm);
    replace("snapshots", " WHERE vm = ? AND place IS NULL", file, vm);
    // Files of earlier versions have neither of these tables.
    if (file.tables().containsKey("user_data")) {
      replace("user_data", " WHERE vm = ?", file, vm);
    }
    if (file.tables().containsKey("secrets")) {
      replace("secrets", " WHERE vm = ?", file, vm);
    }
    replace("vms", " WHERE id = ?", file, vm);
    for (Map<String, @Nullable Object> slot : file.rows("slots")) {
      takeSlot(vm, slot);
    }
  }

  /**
   * Gives the VM its slot, unless another VM has it. That one keeps the slot if it still has a
   * folder; this VM's folder was then put back by hand, and the VM gets its disk but no network. If
   * the other VM has no folder, it was destroyed, and this VM gets the slot.
   */
  private void takeSlot(String vm, Map<String, @Nullable Object> slot) {
    Object index = slot.get("idx");
    Optional<String> other =
        sql.first(
            "SELECT vm FROM slots WHERE host = ? AND idx = ? AND vm IS NOT NULL",
            row -> row.getString(1),
            host,
            index);
    if (other.filter(this::hasFolder).isPresent()) {
      sql.update(
          "UPDATE vms SET slot = NULL, machine = NULL, failure = ?, state = CASE"
              + " WHEN state IN ("
              + before(VmState.STOPPED)
              + ") THEN ? ELSE state END WHERE id = ?",
          "Its folder was put back, and its address is " + other.get() + "'s by now.",
          VmState.STOPPED.word(),
          vm);
      return;
    }
    other.ifPresent(id -> sql.update("UPDATE vms SET slot = NULL WHERE id = ?", id));
    sql.update("DELETE FROM slots WHERE host = ? AND idx = ?", host, index);
    insert("slots", slot);
  }

  /** The states from which a VM may go to this one, as an SQL list. */
  private static String before(VmState next) {
    return Arrays.stream(VmState.values())
        .filter(state -> state.next().contains(next))
        .map(state -> "'" + state.word() + "'")
        .collect(Collectors.joining(", "));
  }

  private boolean hasFolder(String vm) {
    return Files.isDirectory(data.resolve("vms").resolve(vm));
  }

  /** Sets the counter of changes to the file's, whatever the triggers added meanwhile. */
  private void setCount(RowFile file) {
    sql.update(
        "INSERT INTO sums (name, value) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        file.key(),
        file.count() + 1);
  }

  /**
   * Marks VMs without a folder for destruction: the store is older than the folders, so these VMs
   * were destroyed since. Their undo is repeated, except for a slot that another VM has by now.
   */
  private List<String> endThoseWithoutFolder() {
    List<String> gone =
        sql.query("SELECT id FROM vms WHERE state <> 'destroyed'", row -> row.getString(1)).stream()
            .filter(id -> !hasFolder(id))
            .toList();
    for (String id : gone) {
      sql.update(
          "UPDATE vms SET wish = ?, state = ?, tries = 0, wake_at = 0,"
              + " revision = revision + 1,"
              + " slot = (SELECT idx FROM slots WHERE slots.vm = vms.id AND slots.host = vms.host)"
              + " WHERE id = ?",
          DesiredState.DESTROY.word(),
          VmState.DESTROYING.word(),
          id);
    }
    return gone;
  }
}

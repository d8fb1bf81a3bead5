package dev.visco.store;

import dev.visco.model.DesiredState;
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
 * Brings a store up to what the files in the folders say ({@link RowFiles}): one that was put back
 * from a copy, or made anew, or that lost its last commits, is older than they are.
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
   * What was done.
   *
   * @param taken VMs whose rows come from their folders now
   * @param records whether what the store knows besides VMs does
   * @param gone VMs that are not there any more: their rows were older than their end
   * @param stale whose files are older than the store, and are to be written
   */
  record Merged(List<String> taken, boolean records, List<String> gone, Set<String> stale) {
    boolean isOld() {
      return records || !taken.isEmpty();
    }
  }

  /**
   * Takes what is newer from the files.
   *
   * @param isOld whether the store is known to be older than the folders
   * @param host whose rows they are, also where a file has another name of it or none
   */
  static Merged merge(
      Sql sql, Path data, RowFiles.FoundRowFiles found, boolean isOld, String host, int schema) {
    return new FolderRows(sql, data, host, schema).merge(found, isOld);
  }

  private Merged merge(RowFiles.FoundRowFiles found, boolean isOld) {
    var taken = new ArrayList<String>();
    var stale = new TreeSet<>(found.unreadable());
    boolean records = false;
    for (RowFile file : found.files()) {
      long count = RowFile.count(sql, file.key());
      if (file.schema() > schema) {
        continue; // A newer Visco's; the store itself would have been refused.
      }
      if (file.count() > count) {
        if (file.key().equals(RowTriggers.RECORDS_KEY)) {
          RowTriggers.RECORDS.forEach(table -> replace(table, "", file));
          records = true;
        } else {
          take(file);
          taken.add(file.key());
        }
        setCount(file);
      } else if (file.count() < count || file.schema() < schema) {
        stale.add(file.key());
      }
    }
    var gone = isOld || records || !taken.isEmpty() ? endThoseWithoutFolder() : List.<String>of();
    return new Merged(taken, records, gone, stale);
  }

  private void replace(String table, String where, RowFile file, @Nullable Object... values) {
    sql.update("DELETE FROM " + table + where, values);
    for (Map<String, @Nullable Object> row : file.rows(table)) {
      insert(table, row);
    }
  }

  /** An older file's facts have no host, and a host may have been given another name since. */
  private void insert(String table, Map<String, @Nullable Object> row) {
    var named = new LinkedHashMap<String, @Nullable Object>(row);
    named.put("host", host);
    RowFile.insert(sql, table, named);
  }

  private void take(RowFile file) {
    String vm = file.key();
    sql.update("UPDATE slots SET state = 'free', vm = NULL WHERE vm = ?", vm);
    replace("snapshots", " WHERE vm = ?", file, vm);
    replace("vms", " WHERE id = ?", file, vm);
    for (Map<String, @Nullable Object> slot : file.rows("slots")) {
      takeSlot(vm, slot);
    }
  }

  /**
   * Nobody gets a slot that is another's. One that has no folder any more has ended since; one that
   * has keeps it, and this VM comes from a folder that was put back by hand: it has its disk and no
   * network.
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

  /** The states that this one may follow, for SQL. */
  private static String before(VmState next) {
    return Arrays.stream(VmState.values())
        .filter(state -> state.next().contains(next))
        .map(state -> "'" + state.word() + "'")
        .collect(Collectors.joining(", "));
  }

  private boolean hasFolder(String vm) {
    return Files.isDirectory(data.resolve("vms").resolve(vm));
  }

  /** The count goes on from the file's, whatever the triggers have added meanwhile. */
  private void setCount(RowFile file) {
    sql.update(
        "INSERT INTO sums (name, value) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        file.key(),
        file.count() + 1);
  }

  /**
   * In a store that is older than the folders, a VM that has none was destroyed since. What may be
   * left of it is undone once more; a slot that another has by now is that one's.
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

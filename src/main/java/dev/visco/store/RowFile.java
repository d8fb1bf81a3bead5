package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.SnapshotPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of a VM or snapshot, or the records, as a file, so that a store can be rebuilt from such
 * files.
 *
 * @param key a VM's id, a snapshot's place, {@link RowTriggers#RECORDS_KEY} or {@link
 *     RowTriggers#SECRETS_KEY}
 * @param schema the store's schema at the time of writing
 * @param count the number of changes of the rows by then: of two files, the one with the higher
 *     number is newer
 * @param tables by name, each row by column
 */
record RowFile(
    String key, int schema, long count, Map<String, List<Map<String, @Nullable Object>>> tables) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MAX_LENGTH = 64 << 20;

  /**
   * A file's contents: the rows as text, and the digest of that text, which detects a damaged file.
   */
  record SealedRows(String digest, String rows) {}

  String text() {
    String rows = JSON.writeValueAsString(this);
    return JSON.writeValueAsString(new SealedRows(Secrets.digest(rows), rows)) + "\n";
  }

  void write(Path file) {
    DurableFiles.write(file, text().getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /**
   * Reads a file; empty when it does not exist.
   *
   * @throws IOException when it cannot be read, or is damaged
   */
  static Optional<RowFile> read(Path file) throws IOException {
    try {
      if (Files.size(file) > MAX_LENGTH) {
        throw new IOException(file + " is too long");
      }
      SealedRows sealed = JSON.readValue(Files.readString(file), SealedRows.class);
      if (!Secrets.digest(sealed.rows()).equals(sealed.digest())) {
        throw new IOException(file + " is not as it was written");
      }
      return Optional.of(JSON.readValue(sealed.rows(), RowFile.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JacksonException | NullPointerException e) {
      throw new IOException(file + " is not as it was written", e);
    }
  }

  /** The present rows of a VM or snapshot, or the records. */
  static RowFile of(Sql sql, String key, int schema) {
    var tables = new LinkedHashMap<String, List<Map<String, @Nullable Object>>>();
    if (key.equals(RowTriggers.RECORDS_KEY)) {
      for (String table : RowTriggers.RECORDS) {
        tables.put(table, rows(sql, "SELECT * FROM " + table + " ORDER BY 1, 2"));
      }
    } else if (key.equals(RowTriggers.SECRETS_KEY)) {
      tables.put("secrets", rows(sql, "SELECT * FROM secrets WHERE vm IS NULL ORDER BY id"));
    } else if (SnapshotPlace.isOne(key)) {
      tables.put("snapshots", rows(sql, "SELECT * FROM snapshots WHERE place = ?", key));
      tables.put("secrets", rows(sql, "SELECT * FROM secrets WHERE vm = ?", key));
    } else {
      tables.put("vms", rows(sql, "SELECT * FROM vms WHERE id = ?", key));
      tables.put("slots", rows(sql, "SELECT * FROM slots WHERE vm = ? ORDER BY idx", key));
      tables.put("user_data", rows(sql, "SELECT * FROM user_data WHERE vm = ?", key));
      tables.put("secrets", rows(sql, "SELECT * FROM secrets WHERE vm = ?", key));
      tables.put(
          "snapshots",
          rows(sql, "SELECT * FROM snapshots WHERE vm = ? AND place IS NULL ORDER BY id", key));
    }
    return new RowFile(key, schema, count(sql, key), tables);
  }

  /**
   * Whether whom it tells of is still there. Otherwise its rows were removed, and its folder goes.
   */
  boolean hasSubject() {
    if (!RowFiles.isOfFolder(key)) {
      return true;
    }
    return !rows(SnapshotPlace.isOne(key) ? "snapshots" : "vms").isEmpty();
  }

  static long count(Sql sql, String key) {
    return sql.first("SELECT value FROM sums WHERE name = ?", row -> row.getLong(1), key)
        .orElse(0L);
  }

  private static List<Map<String, @Nullable Object>> rows(
      Sql sql, String text, @Nullable Object... values) {
    return sql.query(
        text,
        row -> {
          var columns = new LinkedHashMap<String, @Nullable Object>();
          var names = row.getMetaData();
          for (int at = 1; at <= names.getColumnCount(); at++) {
            if (!names.getColumnName(at).equals(RowDigests.COLUMN)) {
              columns.put(names.getColumnName(at), row.getObject(at));
            }
          }
          return columns;
        },
        values);
  }

  /** The rows of a table; none when the file has no such table. */
  List<Map<String, @Nullable Object>> rows(String table) {
    return tables.getOrDefault(table, List.of());
  }

  /** Inserts a row, without columns that the store does not have. */
  static void insert(Sql sql, String table, Map<String, @Nullable Object> row) {
    List<String> known =
        sql.query("SELECT name FROM pragma_table_info('" + table + "')", one -> one.getString(1));
    var names = new ArrayList<String>();
    var values = new ArrayList<@Nullable Object>();
    row.forEach((name, value) -> {
      if (known.contains(name)) {
        names.add(name);
        values.add(value);
      }
    });
    sql.update(
        "INSERT INTO "
            + table
            + " ("
            + String.join(", ", names)
            + ") VALUES ("
            + "?, ".repeat(names.size() - 1)
            + "?)",
        values.toArray());
  }
}

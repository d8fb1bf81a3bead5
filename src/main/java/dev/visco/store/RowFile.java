package dev.visco.store;

import dev.visco.host.DurableFiles;
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
 * Rows as they stand in a file beside what they are about, so that a store can be made from such
 * files.
 *
 * @param key a VM's id, or {@link RowTriggers#RECORDS_KEY}
 * @param schema the store's schema when it was written
 * @param count how often the rows had changed by then: the higher one of two is the newer
 * @param tables by name, each row by column
 */
record RowFile(
    String key, int schema, long count, Map<String, List<Map<String, @Nullable Object>>> tables) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MAX_LENGTH = 64 << 20;

  /** What a file holds: the rows as text, and that text's digest, so that no half is believed. */
  record SealedRows(String digest, String rows) {}

  String text() {
    String rows = JSON.writeValueAsString(this);
    return JSON.writeValueAsString(new SealedRows(Secrets.digest(rows), rows)) + "\n";
  }

  void write(Path file) {
    DurableFiles.write(file, text().getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /**
   * Reads one; empty when there is none.
   *
   * @throws IOException when it cannot be read, or is not as it was written
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

  /** The rows of a VM, or of the records, as they are now. */
  static RowFile of(Sql sql, String key, int schema) {
    var tables = new LinkedHashMap<String, List<Map<String, @Nullable Object>>>();
    if (key.equals(RowTriggers.RECORDS_KEY)) {
      for (String table : RowTriggers.RECORDS) {
        tables.put(table, rows(sql, "SELECT * FROM " + table + " ORDER BY 1, 2"));
      }
    } else {
      tables.put("vms", rows(sql, "SELECT * FROM vms WHERE id = ?", key));
      tables.put("slots", rows(sql, "SELECT * FROM slots WHERE vm = ? ORDER BY idx", key));
      tables.put("snapshots", rows(sql, "SELECT * FROM snapshots WHERE vm = ? ORDER BY id", key));
    }
    return new RowFile(key, schema, count(sql, key), tables);
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

  /** The rows of one table; none when the file has no such table. */
  List<Map<String, @Nullable Object>> rows(String table) {
    return tables.getOrDefault(table, List.of());
  }

  /** Puts one row in; columns that the store does not have are left out. */
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

package dev.visco.store;

import dev.visco.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Detects a damaged store. SQLite's own check finds broken trees, but not a flipped bit in a value,
 * nor a missing row or one that is an old version. For those each row has a digest of all its
 * columns ({@code row_digest}), and each table has the combination of all its rows' digests ({@code
 * sums}). SQLite's checksum VFS would detect the same, but no build of the JDBC driver has it.
 *
 * <p>Triggers of the writer's connection update them ({@link RowTriggers}). They are generated from
 * the present columns, so that no statement and no migration can forget them.
 */
final class RowDigests {
  /** The first 64 bits of the SHA-256 of all other columns. */
  static final String COLUMN = "row_digest";

  /**
   * The name in {@code sums} of the schema's digest, which exists only while all digests are valid.
   */
  private static final String SCHEMA = "(schema)";

  private static final int MAX_TOLD = 5;

  private RowDigests() {}

  /** The names of the tables whose rows have digests. */
  static List<String> tables(Connection connection) throws SQLException {
    return texts(
        connection,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            + " AND name NOT IN ('sums', 'flyway_schema_history') ORDER BY name");
  }

  /** A table's columns in order, without the digest. */
  static List<String> columns(Connection connection, String table) throws SQLException {
    var columns = new ArrayList<>(allColumns(connection, table));
    columns.remove(COLUMN);
    return columns;
  }

  private static List<String> allColumns(Connection connection, String table) throws SQLException {
    return texts(connection, "SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid");
  }

  private static List<String> texts(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      var found = new ArrayList<String>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }

  private static boolean hasSums(Connection connection) throws SQLException {
    return !texts(connection, "SELECT name FROM sqlite_master WHERE name = 'sums'").isEmpty();
  }

  private static Map<String, Long> sums(Connection connection) throws SQLException {
    var sums = new HashMap<String, Long>();
    if (hasSums(connection)) {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT name, value FROM sums")) {
        while (rows.next()) {
          sums.put(rows.getString(1), rows.getLong(2));
        }
      }
    }
    return sums;
  }

  static boolean isSealed(Connection connection) throws SQLException {
    return sums(connection).containsKey(SCHEMA);
  }

  /** To be called before a migration, whose statements do not update digests. */
  static void unseal(Connection connection) throws SQLException {
    if (hasSums(connection)) {
      execute(connection, "DELETE FROM sums WHERE name = '" + SCHEMA + "'");
    }
  }

  /**
   * To be called after a migration: adds the column to all tables and recomputes all digests, in
   * one transaction.
   */
  static void seal(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try {
      for (String table : tables(connection)) {
        if (!allColumns(connection, table).contains(COLUMN)) {
          execute(connection, "ALTER TABLE " + table + " ADD COLUMN " + COLUMN + " BIGINT");
        }
        put(connection, table, sealRows(connection, table));
      }
      put(connection, SCHEMA, schema(connection));
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static long sealRows(Connection connection, String table) throws SQLException {
    var digests = new HashMap<Long, Long>();
    long sum = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT rowid, * FROM " + table)) {
      int at = column(rows);
      while (rows.next()) {
        long digest = digest(rows, 2, at);
        digests.put(rows.getLong(1), digest);
        sum ^= digest;
      }
    }
    try (var update =
        connection.prepareStatement(
            "UPDATE " + table + " SET " + COLUMN + " = ? WHERE rowid = ?")) {
      for (var row : digests.entrySet()) {
        update.setLong(1, row.getValue());
        update.setLong(2, row.getKey());
        update.executeUpdate();
      }
    }
    return sum;
  }

  private static void put(Connection connection, String name, long value) throws SQLException {
    try (var update =
        connection.prepareStatement(
            "INSERT INTO sums (name, value) VALUES (?, ?)"
                + " ON CONFLICT (name) DO UPDATE SET value = excluded.value")) {
      update.setString(1, name);
      update.setLong(2, value);
      update.executeUpdate();
    }
  }

  private static long schema(Connection connection) throws SQLException {
    return digest(
        texts(
            connection,
            "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || COALESCE(sql, '')"
                + " FROM sqlite_master ORDER BY type, name"));
  }

  static void execute(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  /**
   * The damage of a store, in a limited number of lines; none when it is intact. Reads everything
   * in one transaction, since others may write to the store meanwhile.
   */
  static List<String> problems(Connection connection) {
    try {
      connection.setAutoCommit(false);
      try {
        return problemsNow(connection);
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  private static List<String> problemsNow(Connection connection) throws SQLException {
    List<String> said = texts(connection, "PRAGMA integrity_check(" + MAX_TOLD + ")");
    if (!said.equals(List.of("ok"))) {
      return said;
    }
    var problems = new ArrayList<String>();
    Map<String, Long> sums = sums(connection);
    Long sealed = sums.get(SCHEMA);
    if (sealed != null) {
      if (sealed != schema(connection)) {
        problems.add("its tables are not as they were made");
      }
      for (String table : tables(connection)) {
        check(connection, table, sums.get(table), problems);
      }
    }
    return problems;
  }

  private static void check(
      Connection connection, String table, @Nullable Long expected, List<String> problems)
      throws SQLException {
    long sum = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
      int at = column(rows);
      while (rows.next()) {
        long digest = at == 0 ? 0 : rows.getLong(at);
        if (digest != digest(rows, 1, at) && problems.size() < MAX_TOLD) {
          problems.add("a row of " + table + " is not as it was written");
        }
        sum ^= digest;
      }
    }
    if (expected == null || expected != sum) {
      problems.add("rows of " + table + " are missing, or are old ones");
    }
  }

  /** The position of the digest among the columns, 0 when the result has none. */
  static int column(ResultSet rows) throws SQLException {
    var columns = rows.getMetaData();
    for (int at = 1; at <= columns.getColumnCount(); at++) {
      if (columns.getColumnName(at).equals(COLUMN)) {
        return at;
      }
    }
    return 0;
  }

  /** The digest of the columns from {@code first} on, without the digest's own column. */
  static long digest(ResultSet row, int first, int own) throws SQLException {
    int last = row.getMetaData().getColumnCount();
    var values = new ArrayList<@Nullable Object>();
    for (int at = first; at <= last; at++) {
      if (at != own) {
        values.add(row.getObject(at));
      }
    }
    return digest(values);
  }

  /** The digest of SQLite's kinds of values: null, integers, other numbers, text, bytes. */
  static long digest(List<? extends @Nullable Object> values) {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new DataOutputStream(bytes)) {
      for (Object value : values) {
        switch (value) {
          case null -> out.writeByte('0');
          case Integer number -> whole(out, number);
          case Long number -> whole(out, number);
          case Double number -> {
            out.writeByte('d');
            out.writeDouble(number);
          }
          case String text -> sized(out, 't', text.getBytes(StandardCharsets.UTF_8));
          case byte[] blob -> sized(out, 'b', blob);
          default -> throw new IllegalStateException("SQLite has no " + value.getClass());
        }
      }
      return ByteBuffer.wrap(Digest.sha256().digest(bytes.toByteArray())).getLong();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void whole(DataOutputStream out, long number) throws IOException {
    out.writeByte('i');
    out.writeLong(number);
  }

  private static void sized(DataOutputStream out, char kind, byte[] bytes) throws IOException {
    out.writeByte(kind);
    out.writeInt(bytes.length);
    out.write(Objects.requireNonNull(bytes));
  }
}

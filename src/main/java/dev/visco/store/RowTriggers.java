package dev.visco.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

/**
 * Triggers for every change of a row: they update its digest and its table's sum ({@link
 * RowDigests}), and report the key whose file has to be written ({@link RowFiles}). They are
 * temporary triggers of the writing connection, generated from the present columns at each open.
 */
final class RowTriggers {
  /** The tables of the records, which one file holds, see {@link RowFiles}. */
  static final List<String> RECORDS =
      List.of("facts", "releases", "rollouts", "tokens", "users", "volumes", "webhooks");

  /** The key of events, which have no file: only their listeners are told. */
  static final String EVENTS_KEY = "(events)";

  /** The key of the records, also in {@code sums}; a VM's key is its id, a snapshot's its place. */
  static final String RECORDS_KEY = "(records)";

  /**
   * The key of the users' secrets, which have a file of their own; others are in their VM's or
   * snapshot's.
   */
  static final String SECRETS_KEY = "(secrets)";

  private RowTriggers() {}

  /**
   * Creates the triggers.
   *
   * @param changed receives the key of each change before the commit: a VM's id, a snapshot's
   *     place, {@link #RECORDS_KEY} or {@link #SECRETS_KEY}
   */
  static void add(Connection writer, Consumer<String> changed) throws SQLException {
    Function.create(writer, "visco_digest", new DigestFunction(), -1, Function.FLAG_DETERMINISTIC);
    Function.create(writer, "visco_xor", new Xor(), 2, Function.FLAG_DETERMINISTIC);
    Function.create(writer, "visco_changed", new Changed(changed), 1, 0);
    for (String table : RowDigests.tables(writer)) {
      List<String> columns = RowDigests.columns(writer, table);
      String digest = "visco_digest(" + list("NEW.", columns) + ")";
      String own = " UPDATE " + table + " SET row_digest = " + digest + " WHERE rowid = NEW.rowid;";
      trigger(writer, table, "INSERT", "", sum(table, digest) + own + counted(table, "NEW"), "");
      trigger(
          writer,
          table,
          "UPDATE OF " + list("", columns),
          "_digest",
          sum(table, "visco_xor(OLD.row_digest, " + digest + ")") + own,
          "");
      trigger(
          writer,
          table,
          "DELETE",
          "",
          sum(table, "OLD.row_digest") + counted(table, "OLD") + forgotten(table),
          "");
      String what = counted(table, "OLD") + counted(table, "NEW");
      if (!what.isEmpty()) {
        trigger(writer, table, "UPDATE", "_file", what, condition(columns));
      }
    }
  }

  private static String list(String prefix, List<String> columns) {
    return columns.stream().map(column -> prefix + column).collect(Collectors.joining(", "));
  }

  private static String condition(List<String> columns) {
    return columns.stream()
        .map(column -> "NEW." + column + " IS NOT OLD." + column)
        .collect(Collectors.joining(" OR ", " WHEN ", ""));
  }

  private static void trigger(
      Connection writer, String table, String event, String suffix, String body, String condition)
      throws SQLException {
    RowDigests.execute(
        writer,
        "CREATE TEMP TRIGGER visco_%s_%s%s AFTER %s ON main.%s%s BEGIN%s END"
            .formatted(table, event.split(" ", 2)[0], suffix, event, table, condition, body));
  }

  private static String sum(String table, String digest) {
    return " UPDATE sums SET value = visco_xor(value, %s) WHERE name = '%s';"
        .formatted(digest, table);
  }

  /**
   * SQL that counts a change of the row's file; of two files, the one that counted further is
   * newer.
   */
  private static String counted(String table, String row) {
    if (table.equals("events")) {
      return " SELECT visco_changed('" + EVENTS_KEY + "');";
    }
    String key =
        switch (table) {
          case "vms" -> row + ".id";
          case "slots", "user_data" -> row + ".vm";
          case "snapshots" -> "COALESCE(" + row + ".place, " + row + ".vm)";
          case "secrets" -> "COALESCE(" + row + ".vm, '" + SECRETS_KEY + "')";
          default -> RECORDS.contains(table) ? "'" + RECORDS_KEY + "'" : "";
        };
    return key.isEmpty()
        ? ""
        : " INSERT INTO sums (name, value) SELECT %1$s, 1 WHERE %1$s IS NOT NULL".formatted(key)
            + " ON CONFLICT (name) DO UPDATE SET value = value + 1;"
            + " SELECT visco_changed(%s);".formatted(key);
  }

  /** SQL that removes the counter of a VM or snapshot whose row was deleted. */
  private static String forgotten(String table) {
    return switch (table) {
      case "vms" -> " DELETE FROM sums WHERE name = OLD.id;";
      case "snapshots" -> " DELETE FROM sums WHERE name = OLD.place;";
      default -> "";
    };
  }

  private static final class DigestFunction extends Function {
    @Override
    protected void xFunc() throws SQLException {
      var values = new ArrayList<@Nullable Object>();
      for (int at = 0; at < args(); at++) {
        values.add(
            switch (value_type(at)) { // SQLITE_INTEGER etc., see sqlite3.h.
              case 1 -> value_long(at);
              case 2 -> value_double(at);
              case 3 -> value_text(at);
              case 4 -> value_blob(at);
              default -> null;
            });
      }
      result(RowDigests.digest(values));
    }
  }

  private static final class Xor extends Function {
    @Override
    protected void xFunc() throws SQLException {
      result(value_long(0) ^ value_long(1));
    }
  }

  private static final class Changed extends Function {
    private final Consumer<String> told;

    Changed(Consumer<String> told) {
      this.told = told;
    }

    @Override
    protected void xFunc() throws SQLException {
      String key = value_text(0);
      if (key != null) {
        told.accept(key);
      }
      result();
    }
  }
}

package dev.visco.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * What the databases that hold rows differ in. All other SQL of the rows' classes is the same for
 * each.
 */
enum Dialect {
  /** In a file of one host. Its log is synced at every commit. */
  SQLITE(
      "classpath:db/migration/sqlite",
      List.of("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA busy_timeout=10000")) {
    /** Its planner would rather sort all rows that there have ever been. */
    @Override
    String indexedBy(String index) {
      return " INDEXED BY " + index;
    }
  },
  /** On a server that several hosts share. */
  POSTGRESQL(
      "classpath:db/migration/postgresql",
      List.of(
          "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
          "SET synchronous_commit = on")) {
    /** Its planner chooses by itself. */
    @Override
    String indexedBy(String index) {
      return "";
    }
  };

  private final String migrations;
  private final List<String> session;

  Dialect(String migrations, List<String> session) {
    this.migrations = migrations;
    this.session = session;
  }

  /** Where Flyway finds the schema. */
  String migrations() {
    return migrations;
  }

  /** What stands after a table's name so that this index is used. */
  abstract String indexedBy(String index);

  /** Sets up a new connection: durable commits, and reads of one snapshot. */
  void configure(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : session) {
        statement.execute(text);
      }
    }
  }
}

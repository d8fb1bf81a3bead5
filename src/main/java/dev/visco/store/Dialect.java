package dev.visco.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The differences between the supported databases. All other SQL is the same for both. */
enum Dialect {
  /** A file of one host, whose log is synced at every commit. */
  SQLITE(
      "classpath:db/migration/sqlite",
      List.of("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA busy_timeout=10000")) {
    @Override
    String field(String column, String name) {
      return "json_extract(" + column + ", '$." + name + "')";
    }

    /** Its planner would otherwise sort all rows, including those of destroyed VMs. */
    @Override
    String indexedBy(String index) {
      return " INDEXED BY " + index;
    }
  },
  /** A server that several hosts share. */
  POSTGRESQL(
      "classpath:db/migration/postgresql",
      List.of(
          "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
          "SET synchronous_commit = on")) {
    @Override
    String field(String column, String name) {
      return "CAST(" + column + " AS json) ->> '" + name + "'";
    }

    /** Its planner chooses the index. */
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

  /** The location of the schema for Flyway. */
  String migrations() {
    return migrations;
  }

  /** SQL for a field, which is a text, of the JSON object in a column. */
  abstract String field(String column, String name);

  /** The text after a table's name by which this index is used. */
  abstract String indexedBy(String index);

  /** Sets up a new connection: commits are durable, and each read sees one snapshot. */
  void configure(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : session) {
        statement.execute(text);
      }
    }
  }
}

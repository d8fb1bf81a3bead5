package dev.visco.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Plain SQL on one connection, inside one transaction. */
public final class Sql {
  private final PreparedStatements statements;
  private final Dialect dialect;

  Sql(PreparedStatements statements, Dialect dialect) {
    this.statements = statements;
    this.dialect = dialect;
  }

  Dialect dialect() {
    return dialect;
  }

  /** Reads one row. */
  interface Mapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  <T> List<T> query(String text, Mapper<T> mapper, @Nullable Object... values) {
    try {
      return statements.run(
          text,
          values,
          statement -> {
            try (ResultSet rows = statement.executeQuery()) {
              return read(rows, text.startsWith("SELECT * FROM"), mapper);
            }
          });
    } catch (SQLException e) {
      throw new StoreFault(text, e);
    }
  }

  private static <T> List<T> read(ResultSet rows, boolean areWhole, Mapper<T> mapper)
      throws SQLException {
    var found = new ArrayList<T>();
    int digest = areWhole ? RowDigests.column(rows) : 0;
    while (rows.next()) {
      if (digest != 0 && rows.getLong(digest) != RowDigests.digest(rows, 1, digest)) {
        // It must not be used. The next start repairs it from a copy and the VM's folder.
        throw new SQLException("a row is not as it was written: the store is damaged");
      }
      found.add(mapper.map(rows));
    }
    return found;
  }

  <T> Optional<T> first(String text, Mapper<T> mapper, @Nullable Object... values) {
    return query(text, mapper, values).stream().findFirst();
  }

  /** Executes a statement and returns the number of changed rows. */
  int update(String text, @Nullable Object... values) {
    try {
      return statements.run(text, values, PreparedStatement::executeUpdate);
    } catch (SQLException e) {
      throw new StoreFault(text, e);
    }
  }

  static @Nullable Long longOrNull(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}

package dev.visco.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The statements of one connection, prepared once as long as they are among the last ones used: to
 * compile one for a table with triggers takes SQLite as long as to execute it. For one thread at a
 * time, as its connection is; closing the connection closes them.
 */
final class PreparedStatements {
  /** Some more than the texts of all rows; those of lists depend on what is asked for. */
  private static final int MAX = 400;

  private final Connection connection;
  private final SequencedMap<String, PreparedStatement> unused = new LinkedHashMap<>();

  PreparedStatements(Connection connection) {
    this.connection = connection;
  }

  /** Works with a statement. */
  interface Work<T> {
    T with(PreparedStatement statement) throws SQLException;
  }

  /**
   * Runs {@code work} with a statement that has these values and is nobody else's until its end.
   */
  <T> T run(String text, @Nullable Object[] values, Work<T> work) throws SQLException {
    PreparedStatement known = unused.remove(text);
    PreparedStatement statement = known == null ? connection.prepareStatement(text) : known;
    T result;
    try {
      for (int at = 0; at < values.length; at++) {
        statement.setObject(at + 1, values[at]);
      }
      result = work.with(statement);
      statement.clearParameters(); // They may be large, or secret.
    } catch (SQLException | RuntimeException | Error e) {
      close(statement, e);
      throw e;
    }
    keep(text, statement);
    return result;
  }

  private static void close(PreparedStatement statement, Throwable e) {
    try {
      statement.close();
    } catch (SQLException also) {
      e.addSuppressed(also);
    }
  }

  private void keep(String text, PreparedStatement statement) throws SQLException {
    PreparedStatement same = unused.put(text, statement);
    if (same != null) {
      same.close(); // Used by a row that was read by the other one.
    }
    if (unused.size() > MAX) {
      unused.pollFirstEntry().getValue().close();
    }
  }
}

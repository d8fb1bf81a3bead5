package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The number of VMs, creates or events of one kind.
 *
 * @param word a state, an outcome or a kind of event
 */
public record Count(String release, String word, long number) {
  /** Reads the columns with the components' names. */
  static Count of(ResultSet row) throws SQLException {
    return new Count(row.getString("release"), row.getString("word"), row.getLong("number"));
  }
}

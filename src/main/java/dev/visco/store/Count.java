package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * How many there are of one kind.
 *
 * @param word a state, an outcome or a kind of event
 */
public record Count(String release, String word, long number) {
  /** From columns of these names. */
  static Count of(ResultSet row) throws SQLException {
    return new Count(row.getString("release"), row.getString("word"), row.getLong("number"));
  }
}

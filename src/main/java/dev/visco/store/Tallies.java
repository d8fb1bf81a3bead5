package dev.visco.store;

import java.util.List;

/** Counters that only increase, although counted rows are removed after their retention. */
final class Tallies {
  static final String EVENT = "event";
  static final String OUTCOME = "outcome";

  private Tallies() {}

  /**
   * Counts one more.
   *
   * @param kind {@link #EVENT} or {@link #OUTCOME}
   * @param release empty for none
   */
  static void add(Sql sql, String host, String kind, String release, String word) {
    sql.update(
        "INSERT INTO tallies (host, kind, release, word, number) VALUES (?, ?, ?, ?, 1)"
            + " ON CONFLICT (host, kind, release, word) DO UPDATE SET number = tallies.number + 1",
        host,
        kind,
        release,
        word);
  }

  /** All counters of one kind. */
  static List<Count> of(Sql sql, String host, String kind) {
    return sql.query(
        "SELECT release, word, number FROM tallies WHERE host = ? AND kind = ?"
            + " ORDER BY release, word",
        Count::of,
        host,
        kind);
  }
}

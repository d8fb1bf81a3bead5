package dev.visco.store;

import java.util.List;

/** Counters that only go up, though the rows that were counted go after their time. */
final class Tallies {
  static final String EVENT = "event";
  static final String OUTCOME = "outcome";

  private Tallies() {}

  /**
   * One more.
   *
   * @param kind {@link #EVENT} or {@link #OUTCOME}
   * @param release empty where it has none
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

  /** All of one kind. */
  static List<Count> of(Sql sql, String host, String kind) {
    return sql.query(
        "SELECT release, word, number FROM tallies WHERE host = ? AND kind = ?"
            + " ORDER BY release, word",
        Count::of,
        host,
        kind);
  }
}

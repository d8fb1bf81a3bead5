package dev.visco.store;

import java.util.List;

/** Counters that only increase, although counted rows are removed after their retention. */
final class Tallies {
  static final String EVENT = "event";
  static final String OUTCOME = "outcome";

  /** Times until VMs were ready ({@link ReadyTimes}). */
  static final String READY = "ready-time";

  /** Requests for VMs of types with pools; the type stands in place of the release. */
  static final String POOL = "pool";

  private Tallies() {}

  /**
   * Counts one more.
   *
   * @param kind one of the above
   * @param release empty for none
   */
  static void add(Sql sql, String host, String kind, String release, String word) {
    add(sql, host, kind, release, word, 1);
  }

  /** Counts so many more. */
  static void add(Sql sql, String host, String kind, String release, String word, long more) {
    sql.update(
        "INSERT INTO tallies (host, kind, release, word, number) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (host, kind, release, word)"
            + " DO UPDATE SET number = tallies.number + excluded.number",
        host,
        kind,
        release,
        word,
        more);
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

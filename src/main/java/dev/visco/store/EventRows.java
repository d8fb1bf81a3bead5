package dev.visco.store;

import dev.visco.model.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The events of one host, for operators; never changed, and kept for {@code retention.events}. */
public final class EventRows {
  private final Transactions store;
  private final String host;

  public EventRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static EventRow map(ResultSet row) throws SQLException {
    return new EventRow(
        row.getLong("id"),
        row.getLong("at"),
        row.getString("kind"),
        row.getString("vm"),
        row.getString("text"));
  }

  /** Appends the name of the {@link Caller} to an event's text, if there is one. */
  static String withCaller(String text) {
    return Caller.current()
        .map(caller -> text + " Asked for by " + caller.name() + ".")
        .orElse(text);
  }

  /** Records an event in a transaction of its own. */
  public void add(String kind, @Nullable String vm, String text, long now) {
    store.write(sql -> add(sql, host, kind, vm, text, now));
  }

  /** Records an event in the transaction of the change that it reports. */
  static int add(Sql sql, String host, String kind, @Nullable String vm, String text, long now) {
    Tallies.add(sql, host, Tallies.EVENT, "", kind);
    // The database gives each id once, in order: a reader that continues after its last id misses
    // none.
    return sql.update(
        "INSERT INTO events (at, vm, text, host, kind) VALUES (?, ?, ?, ?, ?)",
        now,
        vm,
        text,
        host,
        kind);
  }

  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  public List<EventRow> before(int limit, long before) {
    return page("id < ? ORDER BY id DESC", before, limit);
  }

  /**
   * Oldest first, so that a reader that continues after its last id misses none.
   *
   * @param after only those with a higher id
   */
  public List<EventRow> after(int limit, long after) {
    return page("id > ? ORDER BY id", after, limit);
  }

  private List<EventRow> page(String condition, long id, int limit) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM events WHERE host = ? AND " + condition + " LIMIT ?",
            EventRows::map,
            host,
            id,
            limit));
  }

  /** The number of events of each kind since the store was made. */
  public Map<String, Long> counts() {
    var counts = new TreeMap<String, Long>();
    store
        .read(sql -> Tallies.of(sql, host, Tallies.EVENT))
        .forEach(count -> counts.put(count.word(), count.number()));
    return counts;
  }
}

package dev.visco.store;

import dev.visco.model.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The events of one host; never changed, and kept for {@code retention.events}. */
public final class EventRows {
  private final Transactions store;
  private final String host;

  public EventRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * Which events are wanted.
   *
   * @param vm only those about this VM, null for all
   * @param owner only those that this user may see, null for all
   * @param kinds only those of these kinds, none for all
   * @param since only those from this time on, in milliseconds after the epoch
   */
  public record EventQuery(
      @Nullable String vm, @Nullable String owner, List<EventKind> kinds, long since) {
    /** All events. */
    public static final EventQuery ALL = new EventQuery(null, null, List.of(), 0);

    public EventQuery {
      kinds = List.copyOf(kinds);
    }

    private String condition(List<@Nullable Object> values) {
      var text = new StringBuilder();
      if (vm != null) {
        text.append(" AND vm = ?");
        values.add(vm);
      }
      if (owner != null) {
        text.append(" AND owner = ?");
        values.add(owner);
      }
      if (!kinds.isEmpty()) {
        text.append(
            kinds.stream()
                .map(kind -> "?")
                .collect(Collectors.joining(", ", " AND kind IN (", ")")));
        kinds.forEach(kind -> values.add(kind.word()));
      }
      if (since > 0) {
        text.append(" AND at >= ?");
        values.add(since);
      }
      return text.toString();
    }
  }

  private static EventRow map(ResultSet row) throws SQLException {
    return new EventRow(
        row.getLong("id"),
        row.getLong("at"),
        row.getString("kind"),
        row.getString("vm"),
        row.getString("owner"),
        row.getString("subject"),
        row.getString("caller"),
        row.getString("caller_owner"),
        row.getString("reason"),
        row.getString("text"));
  }

  /** Records an event for operators in a transaction of its own. */
  public void add(EventKind kind, @Nullable String vm, String text, long now) {
    add(NewEvent.of(kind, text).vm(vm), now);
  }

  /** Records an event in a transaction of its own. */
  public void add(NewEvent event, long now) {
    store.write(sql -> add(sql, host, event, now));
  }

  /**
   * Records an event in the transaction of the change that it reports, with the {@link Caller} that
   * asked for it.
   */
  static int add(Sql sql, String host, NewEvent event, long now) {
    Tallies.add(sql, host, Tallies.EVENT, "", event.kind().word());
    Caller caller = Caller.current().orElse(null);
    // The database gives each id once, in order: a reader that continues after its last id misses
    // none.
    return sql.update(
        "INSERT INTO events (at, vm, text, host, kind, owner, subject, caller, caller_owner, reason)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        now,
        event.vm(),
        event.text(),
        host,
        event.kind().word(),
        event.owner(),
        event.subject(),
        caller == null ? null : caller.name(),
        caller == null ? null : caller.user(),
        event.reason());
  }

  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  public List<EventRow> before(EventQuery query, int limit, long before) {
    return page(query, " AND id < ?", " ORDER BY id DESC", before, limit);
  }

  /**
   * Oldest first, so that a reader that continues after its last id misses none.
   *
   * @param after only those with a higher id
   */
  public List<EventRow> after(EventQuery query, int limit, long after) {
    return page(query, " AND id > ?", " ORDER BY id", after, limit);
  }

  private List<EventRow> page(EventQuery query, String from, String order, long id, int limit) {
    return store.read(sql -> page(sql, host, query, from, order, id, limit));
  }

  /** The same as {@link #after(EventQuery, int, long)}, within a transaction. */
  static List<EventRow> after(Sql sql, String host, EventQuery query, int limit, long after) {
    return page(sql, host, query, " AND id > ?", " ORDER BY id", after, limit);
  }

  private static List<EventRow> page(
      Sql sql, String host, EventQuery query, String from, String order, long id, int limit) {
    var values = new ArrayList<@Nullable Object>(List.of(host, id));
    String condition = query.condition(values);
    values.add(limit);
    return sql.query(
        "SELECT * FROM events WHERE host = ?" + from + condition + order + " LIMIT ?",
        EventRows::map,
        values.toArray());
  }

  /** The id of the newest event of any host; 0 when there is none. */
  public long newest() {
    return store.read(EventRows::newest);
  }

  static long newest(Sql sql) {
    return sql.first("SELECT MAX(id) FROM events", row -> row.getLong(1)).orElse(0L);
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

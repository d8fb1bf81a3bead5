package dev.visco.store;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The webhooks of one host and their deliveries. A delivery is recorded before it is sent, together
 * with the position in the events: whatever ends the daemon, each event is delivered at least once.
 */
public final class WebhookRows {
  /** Deliveries that may wait for one webhook; further events wait as events. */
  static final int MAX_PENDING = 1000;

  private static final int LOT = 100;

  private final Transactions store;
  private final String host;

  public WebhookRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** Records a webhook, which is told of what happens from then on. */
  public void add(WebhookRow row) {
    store.write(sql -> {
      sql.update(
          "INSERT INTO webhooks (id, host, url, secret, kinds, owner, state, created)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          row.id(),
          host,
          row.url(),
          row.secret(),
          row.kinds().stream().map(EventKind::word).collect(Collectors.joining(",")),
          row.owner(),
          WebhookRow.ACTIVE,
          row.created());
      event(sql, EventKind.WEBHOOK_CREATED, row.id(), "was created", null, row.created());
      return position(sql, row.id());
    });
  }

  private void event(
      Sql sql, EventKind kind, String id, String text, @Nullable String why, long now) {
    EventRows.add(
        sql,
        host,
        NewEvent.of(kind, "The webhook " + id + " " + text + ".").subject(id).because(why),
        now);
  }

  /** Its next event is the one after the newest. */
  private int position(Sql sql, String id) {
    return sql.update(
        "INSERT INTO webhook_positions (webhook, host, event) VALUES (?, ?, ?)"
            + " ON CONFLICT (webhook) DO UPDATE SET event = excluded.event, failing_since = NULL",
        id,
        host,
        EventRows.newest(sql));
  }

  public Optional<WebhookRow> find(String id) {
    return store.read(sql -> find(sql, id));
  }

  private Optional<WebhookRow> find(Sql sql, String id) {
    return sql.first("SELECT * FROM webhooks WHERE host = ? AND id = ?", WebhookRow::of, host, id);
  }

  /** Newest first. */
  public List<WebhookRow> list() {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM webhooks WHERE host = ? ORDER BY created DESC, id",
            WebhookRow::of,
            host));
  }

  /** Since when all deliveries have failed, in milliseconds after the epoch; empty for not. */
  public Optional<Long> failingSince(String id) {
    return store.read(sql -> failingSince(sql, id));
  }

  private static Optional<Long> failingSince(Sql sql, String id) {
    return sql.first(
        "SELECT failing_since FROM webhook_positions WHERE webhook = ? AND failing_since IS NOT NULL",
        row -> row.getLong(1),
        id);
  }

  /** Removes a webhook with its deliveries; false when there is none. */
  public boolean remove(String id, long now) {
    return store.write(sql -> {
      boolean isThere = sql.update("DELETE FROM webhooks WHERE host = ? AND id = ?", host, id) == 1;
      if (isThere) {
        sql.update("DELETE FROM webhook_positions WHERE webhook = ?", id);
        sql.update("DELETE FROM webhook_deliveries WHERE webhook = ?", id);
        event(sql, EventKind.WEBHOOK_REMOVED, id, "was removed", null, now);
      }
      return isThere;
    });
  }

  /** Lets a disabled webhook get what happens from now on; does nothing to an active one. */
  public void enable(String id, long now) {
    store.write(sql -> {
      int changed = state(sql, id, WebhookRow.ACTIVE, WebhookRow.DISABLED);
      if (changed == 1) {
        event(sql, EventKind.WEBHOOK_ENABLED, id, "was enabled", null, now);
        position(sql, id);
      }
      return changed;
    });
  }

  /** Gives a webhook nothing any more; what waits for it fails. */
  public void disable(String id, String why, long now) {
    store.write(sql -> {
      int changed = state(sql, id, WebhookRow.DISABLED, WebhookRow.ACTIVE);
      if (changed == 1) {
        sql.update(
            "UPDATE webhook_deliveries SET state = 'failed', changed = ?"
                + " WHERE webhook = ? AND state = 'pending'",
            now,
            id);
        event(sql, EventKind.WEBHOOK_DISABLED, id, "was disabled", why, now);
      }
      return changed;
    });
  }

  private int state(Sql sql, String id, String next, String before) {
    return sql.update(
        "UPDATE webhooks SET state = ? WHERE host = ? AND id = ? AND state = ?",
        next,
        host,
        id,
        before);
  }

  /**
   * Records deliveries of the events that a webhook has none of yet, some hundred at a time.
   *
   * @param body what is sent of an event
   * @return whether there may be more
   */
  public boolean fill(String id, Function<EventRow, String> body, long now) {
    return store.write(sql -> {
      Optional<WebhookRow> hook = find(sql, id).filter(WebhookRow::isActive);
      if (hook.isEmpty() || pending(sql, id) >= MAX_PENDING) {
        return false;
      }
      long newest = EventRows.newest(sql);
      Optional<Long> position =
          sql.first(
              "SELECT event FROM webhook_positions WHERE webhook = ?", row -> row.getLong(1), id);
      if (position.isEmpty()) {
        position(sql, id); // Its row was put back from a file, which has no positions.
        return false;
      }
      List<EventRow> events = EventRows.after(sql, host, hook.get().query(), LOT, position.get());
      events.forEach(event -> insert(sql, id, event.id(), event.kind(), body.apply(event), now));
      boolean isFull = events.size() == LOT;
      sql.update(
          "UPDATE webhook_positions SET event = ? WHERE webhook = ?",
          isFull ? events.getLast().id() : Math.max(newest, position.get()),
          id);
      return isFull;
    });
  }

  private static long pending(Sql sql, String id) {
    return sql.first(
            "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook = ? AND state = 'pending'",
            row -> row.getLong(1),
            id)
        .orElse(0L);
  }

  private int insert(Sql sql, String id, long event, String kind, String body, long now) {
    return sql.update(
        "INSERT INTO webhook_deliveries"
            + " (host, webhook, event, kind, body, state, tries, next_at, changed)"
            + " VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?)",
        host,
        id,
        event,
        kind,
        body,
        now,
        now);
  }

  /** The deliveries of a webhook that are to be sent now, oldest first. */
  public List<DeliveryRow> due(String id, long now, int limit) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM webhook_deliveries"
                + " WHERE webhook = ? AND state = 'pending' AND next_at <= ? ORDER BY id LIMIT ?",
            DeliveryRow::of,
            id,
            now,
            limit));
  }

  /** When the next delivery is to be sent, in milliseconds after the epoch; empty for none. */
  public Optional<Long> next() {
    return store.read(sql ->
        sql.first(
            "SELECT MIN(next_at) FROM webhook_deliveries WHERE host = ? AND state = 'pending'"
                + " HAVING COUNT(*) > 0",
            row -> row.getLong(1),
            host));
  }

  /** Records that a delivery has arrived. */
  public void delivered(DeliveryRow row, int status, long now) {
    store.write(sql -> {
      sql.update(
          "UPDATE webhook_positions SET failing_since = NULL WHERE webhook = ?", row.webhook());
      return sql.update(
          "UPDATE webhook_deliveries SET state = 'delivered', tries = tries + 1, status = ?,"
              + " error = NULL, changed = ? WHERE id = ?",
          status,
          now,
          row.id());
    });
  }

  /**
   * Records that a try has failed.
   *
   * @param status of the answer, null where there was none
   * @param next when it is tried again; null for no more
   */
  public void failed(
      DeliveryRow row, @Nullable Integer status, String error, @Nullable Long next, long now) {
    store.write(sql -> {
      sql.update(
          "UPDATE webhook_positions SET failing_since = COALESCE(failing_since, CAST(? AS BIGINT))"
              + " WHERE webhook = ?",
          now,
          row.webhook());
      return sql.update(
          "UPDATE webhook_deliveries SET state = ?, tries = tries + 1, status = ?, error = ?,"
              + " next_at = ?, changed = ? WHERE id = ? AND state = 'pending'",
          next == null ? DeliveryRow.FAILED : DeliveryRow.PENDING,
          status,
          error,
          next == null ? now : next,
          now,
          row.id());
    });
  }

  /**
   * Deliveries of a webhook, newest first.
   *
   * @param state only those in this state, null for all
   * @param before only those with a lower id
   */
  public List<DeliveryRow> deliveries(String id, @Nullable String state, int limit, long before) {
    return store.read(sql ->
        state == null
            ? sql.query(
                "SELECT * FROM webhook_deliveries WHERE webhook = ? AND id < ?"
                    + " ORDER BY id DESC LIMIT ?",
                DeliveryRow::of,
                id,
                before,
                limit)
            : sql.query(
                "SELECT * FROM webhook_deliveries WHERE webhook = ? AND state = ? AND id < ?"
                    + " ORDER BY id DESC LIMIT ?",
                DeliveryRow::of,
                id,
                state,
                before,
                limit));
  }
}

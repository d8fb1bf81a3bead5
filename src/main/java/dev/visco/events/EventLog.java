package dev.visco.events;

import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.EventSignal;
import java.util.List;

/** The events of the store. */
public final class EventLog implements EventService {
  private final EventRows rows;
  private final EventSignal signal;

  public EventLog(EventRows rows, EventSignal signal) {
    this.rows = rows;
    this.signal = signal;
  }

  @Override
  public List<EventRow> before(EventQuery query, int limit, long before) {
    return rows.before(query, limit, before);
  }

  @Override
  public List<EventRow> after(EventQuery query, int limit, long after) {
    return rows.after(query, limit, after);
  }

  @Override
  public long newest() {
    return rows.newest();
  }

  @Override
  public Following follow(Runnable onEvent) {
    EventSignal.Listening listening = signal.listen(onEvent);
    return listening::close;
  }
}

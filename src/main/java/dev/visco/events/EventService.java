package dev.visco.events;

import dev.visco.store.EventRow;
import dev.visco.store.EventRows.EventQuery;
import java.util.List;

/** Reads the events of this host, and tells when there are more. */
public interface EventService {
  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  List<EventRow> before(EventQuery query, int limit, long before);

  /**
   * Oldest first, so that a reader that continues after its last id misses none.
   *
   * @param after only those with a higher id
   */
  List<EventRow> after(EventQuery query, int limit, long after);

  /** The id of the newest event, whatever it is about; 0 when there is none. */
  long newest();

  /** Someone who is told of new events; closing ends that. */
  interface Following extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Runs {@code onEvent} after each commit that has recorded events. It runs on the thread that
   * made the change, so that it must neither block nor throw.
   */
  Following follow(Runnable onEvent);
}

package dev.visco.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells listeners in this process that events were committed. */
public final class EventSignal {
  private final Set<Listening> listeners = ConcurrentHashMap.newKeySet();

  /** A registered listener; closing removes it. Each is distinct, whatever it runs. */
  public final class Listening implements AutoCloseable {
    private final Runnable onEvent;

    private Listening(Runnable onEvent) {
      this.onEvent = onEvent;
    }

    @Override
    public void close() {
      listeners.remove(this);
    }
  }

  /** Has {@code onEvent} run after each commit with events; it must neither block nor throw. */
  public Listening listen(Runnable onEvent) {
    var listening = new Listening(onEvent);
    listeners.add(listening);
    return listening;
  }

  /** To be called after a commit that has recorded events. */
  void signal() {
    listeners.forEach(one -> one.onEvent.run());
  }
}

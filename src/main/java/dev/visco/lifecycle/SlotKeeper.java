package dev.visco.lifecycle;

import dev.visco.model.SlotIndex;
import dev.visco.store.SlotRows;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a few network slots made ahead, so that a create waits for none. */
final class SlotKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SlotKeeper.class);
  private static final long LONGEST_WAIT_MILLIS = 60_000;
  private final Machinery machinery;
  private final SlotRows slots;
  private final Changes changes;
  private final int spares;
  private volatile boolean closed;
  private final Thread thread = Thread.ofVirtual().name("slots").unstarted(this::keep);

  SlotKeeper(Machinery machinery, SlotRows slots, Changes changes, int spares) {
    this.machinery = machinery;
    this.slots = slots;
    this.changes = changes;
    this.spares = spares;
  }

  void start() {
    thread.start();
  }

  private void keep() {
    try {
      while (!closed) {
        long seen = changes.count();
        Optional<SlotIndex> next = slots.startPreparing(spares);
        if (next.isPresent()) {
          prepare(next.get());
        } else {
          changes.awaitAfter(seen, LONGEST_WAIT_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void prepare(SlotIndex index) throws InterruptedException {
    boolean isReady = false;
    try {
      machinery.openSlot(index);
      isReady = true;
    } catch (RuntimeException e) {
      LOG.error("slot {} could not be made ahead; the next try is in a minute", index, e);
    } finally {
      slots.prepared(index, isReady);
    }
    if (!isReady) {
      changes.awaitAfter(changes.count(), LONGEST_WAIT_MILLIS);
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.interrupt();
    thread.join(10_000);
  }
}

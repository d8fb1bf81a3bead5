package dev.visco.lifecycle;

import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that a VM is called ready only as long as its machine runs. */
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final long PERIOD_MILLIS = 1000;
  private final VmRows rows;
  private final Machinery machinery;
  private final Changes changes;
  private final InstantSource clock;
  private final Duration keepFailed;
  private final Thread thread = Thread.ofVirtual().name("watch").unstarted(this::watch);

  /**
   * @param keepFailed how long a VM whose machine has ended keeps its evidence, as a failed one
   *     does
   */
  Watch(
      VmRows rows, Machinery machinery, Changes changes, InstantSource clock, Duration keepFailed) {
    this.rows = rows;
    this.machinery = machinery;
    this.changes = changes;
    this.clock = clock;
    this.keepFailed = keepFailed;
  }

  void start() {
    thread.start();
  }

  private void watch() {
    try {
      while (true) {
        look();
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One round. */
  void look() {
    try {
      for (VmRow row : rows.list(false)) {
        boolean shouldRun = row.state() == VmState.READY || row.state() == VmState.PAUSED;
        if (shouldRun && VmWork.of(row).machine().filter(machinery::isAlive).isEmpty()) {
          LOG.warn("{}: its machine has ended", row.id());
          long now = clock.millis();
          rows.stopped(
              row.id(),
              "Its machine ended: the guest was shut down, panicked, or its VMM was killed.",
              now,
              now + keepFailed.toMillis());
          changes.tell(row.id());
        }
      }
    } catch (RuntimeException e) {
      LOG.error("a look at the running machines failed; the next one is in a second", e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join(10_000);
  }
}

package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that a VM is called ready only as long as its machine runs. */
public final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private final VmRows rows;
  private final Machines machines;
  private final Changes changes;
  private final InstantSource clock;
  private final Loop loop;

  public Watch(
      VmRows rows, Machines machines, Changes changes, InstantSource clock, SteadyClock steady) {
    this.rows = rows;
    this.machines = machines;
    this.changes = changes;
    this.clock = clock;
    this.loop = new Loop("watch", PERIOD, steady, this::lookAndWait);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  private void lookAndWait() throws InterruptedException {
    look();
    Thread.sleep(PERIOD);
  }

  /** One round. What is wrong with one VM's row or machine keeps no other from being looked at. */
  public void look() {
    for (VmRow row : rows.list(false)) {
      if (row.state() == VmState.READY || row.state() == VmState.PAUSED) {
        try {
          look(row);
        } catch (RuntimeException | Error e) {
          LOG.error("{}: a look at its machine failed; the next one is in {}", row.id(), PERIOD, e);
        }
      }
    }
  }

  private void look(VmRow row) {
    if (VmWork.of(row).machine().filter(machines::isAlive).isPresent()) {
      return;
    }
    LOG.warn("{}: its machine has ended", row.id());
    rows.stopped(
        row.id(),
        "Its machine ended: the guest was shut down, panicked, or its VMM was killed.",
        clock.millis());
    changes.tell(row.id());
  }

  @Override
  public void close() {
    loop.close();
  }
}

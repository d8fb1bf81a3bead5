package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Loop;
import dev.visco.model.SlotIndex;
import dev.visco.network.Slots;
import dev.visco.store.SlotRows;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a few spare network slots ready, so that a create does not wait for one. A slot that cannot
 * be made is skipped for a while, and another one is made instead.
 */
public final class SlotKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SlotKeeper.class);
  private static final Duration MAX_WAIT = Duration.ofMinutes(1);

  /** After this many failures in a row it pauses: the cause is not a single slot. */
  private static final int MAX_FAILURES = 3;

  private static final SlotIndex FIRST = new SlotIndex(0);

  private final Slots networks;
  private final SlotRows slots;
  private final ChangeSignal changes;
  private final int spares;
  private final Duration retry;
  private final Loop loop;

  /** The first slot to try; those below it have failed and are skipped until {@link #retryAt}. */
  private SlotIndex from = FIRST;

  private long retryAt;

  /** When slots that could not be made for a VM were last released for another try. */
  private long retriedAt = System.nanoTime();

  private int failuresInARow;

  /**
   * @param spares how many to keep ready, as far as the pool has them; 0 for none
   * @param retry how long a slot that could not be made is skipped
   */
  public SlotKeeper(
      Slots networks, SlotRows slots, ChangeSignal changes, int spares, Duration retry) {
    this.networks = networks;
    this.slots = slots;
    this.changes = changes;
    this.spares = spares;
    this.retry = retry;
    this.loop = new Loop("slot-keeper", retry, SteadyClock.ofHost(), this::round);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  private void round() throws InterruptedException {
    long seen = changes.count();
    if (!from.equals(FIRST) && millisToRetry() == 0) {
      from = FIRST;
    }
    if (System.nanoTime() - retriedAt >= retry.toNanos()) {
      slots.retryBroken();
      retriedAt = System.nanoTime();
    }
    Optional<SlotIndex> next = slots.startPreparing(spares, from);
    if (next.isPresent()) {
      prepare(next.get());
    } else {
      long longest = MAX_WAIT.toMillis();
      changes.awaitAfter(seen, from.equals(FIRST) ? longest : millisToRetry());
    }
  }

  private long millisToRetry() {
    return Math.max(0, Duration.ofNanos(retryAt - System.nanoTime()).toMillis());
  }

  private void prepare(SlotIndex index) throws InterruptedException {
    boolean isReady = false;
    try {
      networks.open(index);
      isReady = true;
      failuresInARow = 0;
    } catch (RuntimeException | Error e) {
      if (loop.isClosed()) {
        LOG.info("slot {} is not made: the daemon is stopping", index);
        return;
      }
      LOG.error("spare slot {} could not be made; it is tried again in {}", index, retry, e);
      passOver(index);
    } finally {
      slots.prepared(index, isReady);
    }
    if (failuresInARow >= MAX_FAILURES) {
      Thread.sleep(retry);
      failuresInARow = 0;
    }
  }

  private void passOver(SlotIndex index) {
    from = new SlotIndex(Math.min(index.value() + 1, SlotIndex.MAX));
    retryAt = System.nanoTime() + retry.toNanos();
    failuresInARow++;
  }

  @Override
  public void close() {
    loop.close();
  }
}

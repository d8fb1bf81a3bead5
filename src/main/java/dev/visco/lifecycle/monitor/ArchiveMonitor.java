package dev.visco.lifecycle.monitor;

import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Durations;
import dev.visco.model.Life;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives VMs that have been asleep for as long as their {@code archiveAfter}, one at a time, the
 * longest asleep first. One that cannot be archived stays asleep, and is tried again after {@link
 * #RETRY}.
 */
public final class ArchiveMonitor implements AutoCloseable {
  static final Duration RETRY = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveMonitor.class);
  private static final Duration PERIOD = Duration.ofSeconds(30);

  private final VmRows rows;
  private final Function<VmRow, Optional<Long>> asleepSince;
  private final Archiver archiver;
  private final Duration usual;
  private final Clocks clocks;
  private final Map<VmId, Long> failed = new HashMap<>();
  private final AtomicBoolean isWorking = new AtomicBoolean();
  private final Loop loop;

  /** Archives a VM. */
  public interface Archiver {
    /**
     * Returns once it is archived.
     *
     * @param why for the event
     */
    void archive(VmId id, String why);
  }

  /**
   * @param asleepSince when a sleeping VM's memory was written, in milliseconds after the epoch
   * @param usual after how long VMs are archived whose type and whose own life say nothing; {@link
   *     Life#FOREVER} for never
   */
  public ArchiveMonitor(
      VmRows rows,
      Function<VmRow, Optional<Long>> asleepSince,
      Archiver archiver,
      Duration usual,
      Clocks clocks) {
    this.rows = rows;
    this.asleepSince = asleepSince;
    this.archiver = archiver;
    this.usual = usual;
    this.clocks = clocks;
    this.loop = Loop.every("archive-monitor", PERIOD, PERIOD, clocks.steady(), this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** A VM that is to be archived. */
  private record Overdue(VmId id, long since, Duration after) {}

  /** One round; a disk is compressed on a thread of its own, since that may take long. */
  void check() {
    if (!isWorking.compareAndSet(false, true)) {
      return;
    }
    Optional<Overdue> first = Optional.empty();
    try {
      first = first();
    } finally {
      if (first.isEmpty()) {
        isWorking.set(false);
      }
    }
    first.ifPresent(one ->
        Thread.ofVirtual()
            .name("archive of " + one.id())
            .start(() -> {
              try {
                archive(one);
              } finally {
                isWorking.set(false);
              }
            }));
  }

  private Optional<Overdue> first() {
    long now = clocks.now();
    long uptime = clocks.uptime();
    synchronized (failed) {
      failed.values().removeIf(at -> uptime - at >= RETRY.toMillis());
    }
    Overdue first = null;
    for (VmRow row : rows.list(false)) {
      if (row.state() != VmState.ASLEEP || hasFailed(row.id())) {
        continue;
      }
      Life life = VmWork.of(row).spec().life();
      Duration after = Objects.requireNonNullElse(life.archiveAfter(), usual);
      Optional<Long> since = asleepSince.apply(row);
      if (since.isPresent()
          && now - since.get() >= after.toMillis()
          && (first == null || since.get() < first.since())) {
        first = new Overdue(row.id(), since.get(), after);
      }
    }
    return Optional.ofNullable(first);
  }

  private boolean hasFailed(VmId id) {
    synchronized (failed) {
      return failed.containsKey(id);
    }
  }

  private void archive(Overdue one) {
    try {
      archiver.archive(one.id(), "It has been asleep for " + Durations.text(one.after()) + ".");
    } catch (Refused e) {
      LOG.info("{}: it is not archived: {}", one.id(), e.getMessage());
      later(one.id());
    } catch (RuntimeException e) {
      LOG.warn("{}: it could not be archived, and stays asleep", one.id(), e);
      later(one.id());
    }
  }

  private void later(VmId id) {
    synchronized (failed) {
      failed.put(id, clocks.uptime());
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}

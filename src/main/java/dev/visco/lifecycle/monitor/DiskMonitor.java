package dev.visco.lifecycle.monitor;

import dev.visco.host.DiskRoom;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Rate;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses VMs before the host's disk is full. It polls the free space, more often the sooner guests
 * could fill it ({@link DiskPace}). At the reserve it pauses each guest whose disk grows, at half
 * of the reserve all guests ({@link RoomLevel}). It also notices guests that their VMM has paused
 * at a write. Such VMs are paused with a reason in their rows, and resumed automatically once there
 * has been room for a while; their guests have lost nothing. A VM that a user has paused has no
 * reason in its row, and is never resumed here.
 */
public final class DiskMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiskMonitor.class);

  /** How often machines are asked whether their VMM has paused them. */
  static final Duration PERIOD = DiskPace.MAX;

  /** How long there must have been room before VMs are resumed. */
  static final Duration SETTLED = Duration.ofSeconds(3);

  /** Kind of events about the free space. */
  static final String KIND = "disk-room";

  /** How long to wait for VMMs in one round. They answer in milliseconds, but one may hang. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration SHORT_PATIENCE = Duration.ofMillis(250);

  private final VmRows rows;
  private final EventRows events;
  private final VmDisks disks;
  private final RoomPauses pauses;
  private final InstantSource clock;
  private final DiskRoom room;
  private final SteadyClock steady;
  private final Set<VmId> inProgress = ConcurrentHashMap.newKeySet();

  private final Map<VmId, Long> taken = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;
  private @Nullable Long askedAll;
  private @Nullable Long roomSince;
  private RoomLevel told = RoomLevel.ENOUGH;
  private Duration pause = Duration.ZERO;

  /**
   * @param room of the file system with the guests' disks
   */
  public DiskMonitor(
      VmRows rows,
      EventRows events,
      VmDisks disks,
      RoomPauses pauses,
      InstantSource clock,
      DiskRoom room,
      SteadyClock steady) {
    this.rows = rows;
    this.events = events;
    this.disks = disks;
    this.pauses = pauses;
    this.clock = clock;
    this.room = room;
    this.steady = steady;
    this.loop = new Loop("disk-monitor", Duration.ofSeconds(1), steady, this::round);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  private void round() throws InterruptedException {
    check();
    Thread.sleep(pause);
  }

  /** Pause until the next round. */
  Duration pause() {
    return pause;
  }

  /** One round: checks all VMs in parallel, except those whose last check has not returned yet. */
  void check() throws InterruptedException {
    long free = room.free();
    List<VmRow> live = rows.list(false);
    RoomLevel level = RoomLevel.of(free, room);
    boolean mayGoOn = hasSettled(level);
    tell(level, mayGoOn, free);
    boolean isAskingAll = isAskingAll();
    var begun = new ArrayList<Future<?>>();
    for (VmRow row : live) {
      Runnable work = work(row, level, mayGoOn, isAskingAll, free);
      if (work != null && inProgress.add(row.id())) {
        begun.add(threads.submit(() -> quietly(row, work)));
      }
    }
    forgetOthers(live);
    awaitAll(begun, level.isOver() ? SHORT_PATIENCE : PATIENCE);
    pause = DiskPace.next(room.free(), room.reserve(), limits(live));
  }

  private boolean hasSettled(RoomLevel level) {
    long now = steady.nanos();
    if (level != RoomLevel.ENOUGH) {
      roomSince = null;
      return false;
    }
    Long since = roomSince;
    if (since == null) {
      // If there was always room since the daemon's start, there is nothing to wait for.
      since = told == RoomLevel.ENOUGH ? now - SETTLED.toNanos() : now;
      roomSince = since;
    }
    return now - since >= SETTLED.toNanos();
  }

  private boolean isAskingAll() {
    long now = steady.nanos();
    Long before = askedAll;
    if (before != null && now - before < PERIOD.toNanos()) {
      return false;
    }
    askedAll = now;
    return true;
  }

  private void tell(RoomLevel level, boolean mayGoOn, long free) {
    boolean isWorse = level.compareTo(told) > 0;
    if (isWorse || (mayGoOn && told != RoomLevel.ENOUGH)) {
      told = level;
      String text = level.text(free, room);
      LOG.warn("{}", text);
      try {
        events.add(KIND, null, text, clock.millis());
      } catch (RuntimeException e) {
        LOG.warn("the event could not be recorded", e);
      }
    }
  }

  /** What to do with a VM; null for nothing. */
  private @Nullable Runnable work(
      VmRow row, RoomLevel level, boolean mayGoOn, boolean isAskingAll, long free) {
    boolean takesMore = takesMore(row);
    boolean isToPause = level == RoomLevel.HALF || (level == RoomLevel.RESERVE && takesMore);
    if (row.state() == VmState.READY) {
      if (isToPause) {
        return () -> pauses.pause(row, free);
      }
      return isAskingAll ? () -> pauses.probe(row, free) : null;
    }
    if (RoomPauses.isHalted(row)) {
      return mayGoOn || isAskingAll ? () -> pauses.checkHalted(row, level, mayGoOn) : null;
    }
    if (isBooting(row)) {
      if (isToPause) {
        return () -> pauses.hold(row, free);
      }
      return mayGoOn || isAskingAll ? () -> pauses.checkHeld(row, mayGoOn) : null;
    }
    return null;
  }

  private boolean takesMore(VmRow row) {
    try {
      long now = disks.takenBytes(VmWork.of(row));
      Long before = taken.put(row.id(), now);
      return before != null && now > before;
    } catch (RuntimeException e) {
      LOG.debug("{}: what its disks take could not be read", row.id(), e);
      return false;
    }
  }

  private void forgetOthers(List<VmRow> live) {
    var ids = new HashSet<VmId>();
    var booting = new HashSet<VmId>();
    for (VmRow row : live) {
      ids.add(row.id());
      if (isBooting(row)) {
        booting.add(row.id());
      }
    }
    taken.keySet().retainAll(ids);
    pauses.keepHeld(booting);
  }

  private static List<@Nullable Rate> limits(List<VmRow> live) {
    var limits = new ArrayList<@Nullable Rate>();
    for (VmRow row : live) {
      if (row.state() == VmState.READY || isBooting(row)) {
        VmSpec spec = VmWork.of(row).spec();
        long disks = 1 + spec.volumes().stream().filter(mount -> !mount.readOnly()).count();
        limits.addAll(Collections.nCopies((int) disks, spec.machine().options().diskRate()));
      }
    }
    return limits;
  }

  private static void awaitAll(List<Future<?>> begun, Duration patience)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (Future<?> one : begun) {
      try {
        one.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        LOG.debug("a VMM did not answer within {}", patience);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a check logs its failures and throws none", e);
      }
    }
  }

  private void quietly(VmRow row, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      // Its machine may just have ended, or the full disk keeps the store from writing. The next
      // round tries it again.
      LOG.debug("{}: it could not be paused, resumed or recorded", row.id(), e);
    } finally {
      inProgress.remove(row.id());
    }
  }

  /** Whether its guest is booting; the conductor holds its lease until it is ready. */
  private static boolean isBooting(VmRow row) {
    return (row.state() == VmState.CREATING || row.state() == VmState.STARTING)
        && row.step().equals(StepName.VERIFY_BOOT.word())
        && row.machine() != null;
  }

  /** Ends the rounds, and interrupts checks that still wait for a VMM. */
  @Override
  public void close() {
    loop.close();
    threads.shutdownNow();
  }
}

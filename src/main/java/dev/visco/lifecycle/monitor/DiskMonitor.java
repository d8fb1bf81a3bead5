package dev.visco.lifecycle.monitor;

import dev.visco.host.DiskRoom;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.monitor.RoomWatch.RoomNow;
import dev.visco.model.Rate;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
 * Pauses VMs before the host's disk is full. It polls the free space of the file system with their
 * disks, and of the one with volumes where that is another, more often the sooner guests could fill
 * it ({@link DiskPace}). At the reserve it pauses each guest whose disk grows, at half of the
 * reserve all guests ({@link RoomLevel}). It also notices guests that their VMM has paused at a
 * write. Such VMs are paused with a reason in their rows, and resumed automatically once there has
 * been room for a while; their guests have lost nothing. A VM that a user has paused has no reason
 * in its row, and is never resumed here.
 */
public final class DiskMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiskMonitor.class);

  /** How often machines are asked whether their VMM has paused them. */
  static final Duration PERIOD = DiskPace.MAX;

  /** How long there must have been room before VMs are resumed. */
  static final Duration SETTLED = Duration.ofSeconds(3);

  /** Kind of events about the free space. */
  static final EventKind KIND = EventKind.DISK_ROOM;

  /** How long to wait for VMMs in one round. They answer in milliseconds, but one may hang. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration SHORT_PATIENCE = Duration.ofMillis(250);

  private final VmRows rows;
  private final VmDisks disks;
  private final RoomPauses pauses;
  private final DiskRoom room;
  private final DiskRoom volumeRoom;
  private final RoomWatch ofDisks;
  private final RoomWatch ofVolumes;
  private final SteadyClock steady;
  private final Set<VmId> inProgress = ConcurrentHashMap.newKeySet();

  private final Map<VmId, VmDisks.TakenBytes> taken = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;
  private @Nullable Long askedAll;
  private Duration pause = Duration.ZERO;

  /**
   * @param room of the file system with the guests' disks
   * @param volumeRoom of the one with the volumes, which may be the same
   */
  public DiskMonitor(
      VmRows rows,
      EventRows events,
      VmDisks disks,
      RoomPauses pauses,
      InstantSource clock,
      DiskRoom room,
      DiskRoom volumeRoom,
      SteadyClock steady) {
    this.rows = rows;
    this.disks = disks;
    this.pauses = pauses;
    this.room = room;
    this.volumeRoom = volumeRoom;
    this.ofDisks = new RoomWatch("The data folder", room, events, clock, steady);
    this.ofVolumes = new RoomWatch("The folder of volumes", volumeRoom, events, clock, steady);
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
    List<VmWork> live = rows.list(false).stream().map(VmWork::of).toList();
    RoomNow disk = ofDisks.probe();
    RoomNow volumes = volumeRoom.isSameAs(room) ? disk : ofVolumes.probe();
    boolean isAskingAll = isAskingAll();
    var begun = new ArrayList<Future<?>>();
    for (VmWork vm : live) {
      VmRow row = vm.row();
      Runnable work = work(vm, disk, volumes, isAskingAll);
      if (work != null && inProgress.add(row.id())) {
        begun.add(threads.submit(() -> quietly(row, work)));
      }
    }
    forgetOthers(live);
    boolean isOver = disk.level().isOver() || volumes.level().isOver();
    awaitAll(begun, isOver ? SHORT_PATIENCE : PATIENCE);
    pause = pace(live, disk, volumes);
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

  /** What to do with a VM; null for nothing. */
  private @Nullable Runnable work(VmWork vm, RoomNow disk, RoomNow volumes, boolean isAskingAll) {
    VmRow row = vm.row();
    // Whoever writes to no volume is not concerned with the room for them.
    RoomNow second = hasWritableVolume(vm) ? volumes : disk;
    Growth grown = growth(vm);
    boolean isToPause = disk.isToPause(grown.disk()) || second.isToPause(grown.volumes());
    boolean isOver = disk.level().isOver() || second.level().isOver();
    boolean mayGoOn = disk.mayGoOn() && second.mayGoOn();
    if (row.state() == VmState.READY) {
      if (isToPause) {
        return () -> pauses.pause(row);
      }
      return isAskingAll ? () -> pauses.probe(row) : null;
    }
    if (RoomPauses.isHalted(row)) {
      return mayGoOn || isAskingAll ? () -> pauses.checkHalted(row, isOver, mayGoOn) : null;
    }
    if (isBooting(row)) {
      if (isToPause) {
        return () -> pauses.hold(row);
      }
      return mayGoOn || isAskingAll ? () -> pauses.checkHeld(row, mayGoOn) : null;
    }
    return null;
  }

  private static boolean hasWritableVolume(VmWork vm) {
    return vm.spec().volumes().stream().anyMatch(mount -> !mount.readOnly());
  }

  /** Whether a VM's root disk, or a volume that it writes to, takes more than at the last look. */
  private record Growth(boolean disk, boolean volumes) {
    static final Growth NONE = new Growth(false, false);
  }

  private Growth growth(VmWork vm) {
    try {
      VmDisks.TakenBytes now = disks.taken(vm);
      VmDisks.TakenBytes before = taken.put(vm.id(), now);
      return before == null
          ? Growth.NONE
          : new Growth(now.disk() > before.disk(), now.volumes() > before.volumes());
    } catch (RuntimeException e) {
      LOG.debug("{}: what its disks take could not be read", vm.id(), e);
      return Growth.NONE;
    }
  }

  private void forgetOthers(List<VmWork> live) {
    var ids = new HashSet<VmId>();
    var booting = new HashSet<VmId>();
    for (VmWork vm : live) {
      ids.add(vm.id());
      if (isBooting(vm.row())) {
        booting.add(vm.id());
      }
    }
    taken.keySet().retainAll(ids);
    pauses.keepHeld(booting);
  }

  /** How soon the running guests could fill the nearer to full of both file systems. */
  private static Duration pace(List<VmWork> live, RoomNow disk, RoomNow volumes) {
    var ofDisks = new ArrayList<@Nullable Rate>();
    var ofVolumes = new ArrayList<@Nullable Rate>();
    for (VmWork vm : live) {
      if (vm.row().state() == VmState.READY || isBooting(vm.row())) {
        VmSpec spec = vm.spec();
        Rate rate = spec.machine().options().diskRate();
        ofDisks.add(rate);
        spec.volumes().stream()
            .filter(mount -> !mount.readOnly())
            .forEach(mount -> ofVolumes.add(rate));
      }
    }
    if (disk.room() == volumes.room()) {
      ofDisks.addAll(ofVolumes);
      ofVolumes.clear();
    }
    Duration next = pace(disk.room(), ofDisks);
    Duration other = pace(volumes.room(), ofVolumes);
    return next.compareTo(other) < 0 ? next : other;
  }

  private static Duration pace(DiskRoom room, List<@Nullable Rate> limits) {
    return DiskPace.next(room.free(), room.reserve(), limits);
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

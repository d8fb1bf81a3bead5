package dev.visco.snapshot;

import dev.visco.host.HostFault;
import dev.visco.host.ProcessorModel;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.GuestFreeze;
import dev.visco.lifecycle.LeaseWaiting;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.StateRefusal;
import dev.visco.lifecycle.Suspensions;
import dev.visco.lifecycle.Uses;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.WarmPool;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.vmm.release.Version;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses VMs, writes them down, and takes them back. Each of these holds the VM's lease, so that no
 * step runs on it meanwhile and a destroy waits. A snapshot's row is there before its first file
 * and goes after its last one; what a killed daemon began is taken away at the next start.
 */
public final class Snapshots implements SnapshotService {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  private static final Set<VmState> RESTORABLE =
      Set.of(VmState.READY, VmState.PAUSED, VmState.STOPPED, VmState.FAILED);

  private final VmRows rows;
  private final LeaseWaiting waiting;
  private final SnapshotRows snapshots;
  private final Restores restores;
  private final Suspensions suspensions;
  private final Machines machines;
  private final SnapshotStore files;
  private final GuestClock guestClock;
  private final Uses uses;
  private final ChangeSignal changes;
  private final Function<VmId, Vm> vms;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final SnapshotUses snapshotUses;
  private final SnapshotKeys keys;
  private final GuestFreeze freeze;
  private final SnapshotCollector collector;
  private final SnapshotRecovery recovery;

  /**
   * @param snapshotUses what uses snapshots
   * @param keys the keys that snapshots have of their own
   * @param vms a VM as its users see it; refuses an unknown one
   * @param folder the folder that holds each VM's folder
   * @param keepLost moves the files of a snapshot aside that has no row
   */
  public Snapshots(
      VmRows rows,
      Leases leases,
      SnapshotRows snapshots,
      Restores restores,
      Suspensions suspensions,
      Machines machines,
      SnapshotStore files,
      SnapshotUses snapshotUses,
      SnapshotKeys keys,
      GuestFreeze freeze,
      GuestClock guestClock,
      Uses uses,
      ChangeSignal changes,
      Function<VmId, Vm> vms,
      InstantSource clock,
      RandomGenerator random,
      Path folder,
      Consumer<Path> keepLost) {
    this.rows = rows;
    this.waiting = new LeaseWaiting(leases, changes);
    this.snapshots = snapshots;
    this.restores = restores;
    this.suspensions = suspensions;
    this.machines = machines;
    this.files = files;
    this.guestClock = guestClock;
    this.uses = uses;
    this.changes = changes;
    this.vms = vms;
    this.clock = clock;
    this.random = random;
    this.snapshotUses = snapshotUses;
    this.keys = keys;
    this.freeze = freeze;
    this.collector = new SnapshotCollector(rows, snapshots, files, snapshotUses, keys);
    this.recovery =
        new SnapshotRecovery(rows, snapshots, machines, files, collector, folder, keepLost);
  }

  /** Work that needs the VM's lease. */
  private interface LeasedWork {
    void on(VmRow row, Lease lease);
  }

  /**
   * @param require refuses what cannot be done to the VM in its state, at once if somebody works on
   *     it: a VM that boots is worked on until it is ready
   */
  private void leased(VmId asked, Consumer<VmRow> require, LeasedWork work) {
    VmId id = vms.apply(asked).id(); // Refused when there is none.
    try (Lease lease = waiting.take(id, () -> rows.find(id).ifPresent(require))) {
      work.on(lease.row().orElseThrow(() -> gone(id)), lease);
    } finally {
      changes.signal(id);
    }
  }

  private static Refused gone(VmId id) {
    return new Refused(
        new Refusal.NotFound(
            "VM", id.value(), Advice.of("{} lists them.", new Remedy.ListVms(false))));
  }

  private static Refused wrongState(VmRow row, String what) {
    return StateRefusal.of(
        row,
        what,
        switch (row.state()) {
          case CREATING, STARTING -> Advice.words("Wait until it is ready.");
          case READY, PAUSED -> Advice.words("Wait until what runs on it is done.");
          case STOPPING -> Advice.words("Wait until it is stopped.");
          case FAILED, STOPPED, SUSPENDED, ASLEEP, ARCHIVED ->
              Advice.of("Start it first: {}", new Remedy.StartVm(row.id().value()));
          case DESTROYING, DESTROYED -> Advice.words("Create a new one.");
        });
  }

  /** Refused when its destruction was requested meanwhile: its state is another one then. */
  private void commit(VmRow changed, Lease lease, String what) {
    VmRow now = lease.commit(changed, what, clock.millis());
    changes.signal(now.id());
    if (now.state() != changed.state()) {
      throw wrongState(now, what);
    }
  }

  /** Refuses a VM that has no machine whose guest is up. */
  private static void requireUp(VmRow row, String what) {
    switch (row.state()) {
      case READY, PAUSED -> {}
      case CREATING,
          STARTING,
          FAILED,
          STOPPING,
          STOPPED,
          SUSPENDED,
          ASLEEP,
          ARCHIVED,
          DESTROYING,
          DESTROYED ->
          throw wrongState(row, what);
    }
  }

  @Override
  public Vm pause(VmId id) {
    leased(
        id,
        row -> requireUp(row, "paused"),
        (row, lease) -> {
          requireUp(row, "paused");
          if (row.state() == VmState.READY) {
            // Recorded first: a paused VM must never be called ready.
            commit(Rows.in(row, VmState.PAUSED), lease, "paused");
            pause(row, lease);
          } else {
            machines.pause(VmWork.of(row));
            // From now on it is paused on request, so it stays paused when its disk has room again.
            commit(Rows.in(row, VmState.PAUSED), lease, "paused");
          }
        });
    return vms.apply(id);
  }

  private void pause(VmRow row, Lease lease) {
    try {
      machines.pause(VmWork.of(row));
    } catch (RuntimeException | Error e) {
      lease.commit(Rows.in(row, VmState.READY), "not paused", clock.millis());
      throw e;
    }
  }

  @Override
  public Vm resume(VmId id) {
    if (vms.apply(id).state().hasSavedMemory()) {
      return suspensions.resume(id);
    }
    leased(
        id,
        row -> requireUp(row, "resumed"),
        (row, lease) -> {
          requireUp(row, "resumed");
          machines.resume(VmWork.of(row));
          if (row.state() == VmState.PAUSED) {
            setClock(row);
            commit(Rows.in(row, VmState.READY), lease, "resumed");
          }
          uses.used(id);
        });
    return vms.apply(id);
  }

  /** Failure is only logged: a guest works with a wrong clock too. */
  private void setClock(VmRow row) {
    try {
      guestClock.set(VmWork.of(row));
    } catch (RuntimeException e) {
      LOG.warn("{}: its clock could not be set; it is behind by the pause", row.id(), e);
    }
  }

  @Override
  public Snapshot create(VmId id, @Nullable String asked, boolean isKept, boolean isOfDisk) {
    return taken(
        id,
        asked,
        isKept ? SnapshotRetention.KEPT : SnapshotRetention.VM,
        isOfDisk,
        row -> snapshot(found(row.owner(), row.id())));
  }

  /** Takes the snapshot from which a pool makes its VMs, of one of them. */
  public void takeTemplate(VmId id, String name) {
    taken(id, name, SnapshotRetention.KEPT, false, SnapshotRow::id);
  }

  /** Lets go a snapshot from which a pool made its VMs: it stays until nothing uses it. */
  public void letTemplateGo(String id) {
    snapshots.retain(WarmPool.OWNER.value(), id, SnapshotRetention.USED);
    collector.collect(null);
  }

  @Override
  public <T> T forUse(VmId id, Function<String, T> work) {
    try {
      return taken(id, null, SnapshotRetention.USED, false, row -> work.apply(row.id()));
    } finally {
      collector.collect(null); // Where nothing came to use it.
    }
  }

  @Override
  public SnapshotRow planForUse(VmId id) {
    VmRow row = rows.find(vms.apply(id).id()).orElseThrow(() -> gone(id));
    requireState(row, false);
    requireNoVolumes(row);
    keys.requireRoom();
    return record(row, randomName(), SnapshotRetention.USED, SnapshotConsistency.MEMORY);
  }

  /**
   * @param then is called with the whole snapshot while it is held, after the VM's lease is given
   *     back
   */
  private <T> T taken(
      VmId id,
      @Nullable String asked,
      SnapshotRetention retention,
      boolean isOfDisk,
      Function<SnapshotRow, T> then) {
    if (asked != null && !SnapshotRow.isTemplate(asked)) {
      Snapshot.checkName(asked);
    }
    var taken = new AtomicReference<Taken>();
    try {
      leased(
          id,
          row -> requireState(row, isOfDisk),
          (row, _) -> taken.set(take(row, asked, retention, isOfDisk)));
      return then.apply(Objects.requireNonNull(taken.get()).row());
    } finally {
      Taken made = taken.get();
      if (made != null) {
        made.hold().close();
      }
    }
  }

  /** A snapshot that is whole, and what holds it. */
  private record Taken(SnapshotRow row, SnapshotUses.Hold hold) {}

  private Taken take(
      VmRow row, @Nullable String asked, SnapshotRetention retention, boolean isOfDisk) {
    requireState(row, isOfDisk);
    if (!isOfDisk) {
      requireNoVolumes(row);
    }
    keys.requireRoom();
    SnapshotRow record =
        record(row, name(row.owner(), asked), retention, consistency(row, isOfDisk));
    SnapshotUses.Hold hold = snapshotUses.holding(record, "its creation");
    try {
      snapshots.insert(record);
      try {
        write(row, record);
        keys.keep(row.id(), Objects.requireNonNull(record.place()));
        SnapshotStore.SealedSnapshot sealed = files.seal(record.path());
        snapshots.written(record.owner(), record.id(), sealed.bytes(), sealed.digest().value());
        LOG.info("{}: snapshot {} has {} bytes", row.id(), record.id(), sealed.bytes());
        if (row.state() == VmState.READY) {
          setClock(row);
        }
      } catch (RuntimeException | Error e) {
        discard(record, e);
        throw e;
      }
      return new Taken(record, hold);
    } catch (RuntimeException | Error e) {
      hold.close();
      throw e;
    }
  }

  /** The name that was asked for, or a free one; refused when the owner has one of that name. */
  private String name(String owner, @Nullable String asked) {
    if (asked == null) {
      String name = randomName();
      while (snapshots.find(owner, name).isPresent()) {
        name = randomName();
      }
      return name;
    }
    if (snapshots.find(owner, asked).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "There is a snapshot \"" + asked + "\" already.",
              Advice.of("Use another name, or remove it: {}", new Remedy.RemoveSnapshot(asked))));
    }
    return asked;
  }

  private String randomName() {
    return "snap-%08x".formatted(random.nextInt());
  }

  /**
   * A guest's memory holds what it knows of a volume's file system, and a volume goes on after the
   * snapshot: taken back to it, the guest would write over what was written since.
   */
  private static void requireNoVolumes(VmRow row) {
    if (!VmWork.of(row).spec().volumes().isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM "
                  + row.id()
                  + " has volumes, which are no part of a snapshot: its guest, taken"
                  + " back to one, would damage them.",
              Advice.of(
                  "Export its volumes instead while it is stopped ({}), or take snapshots of a VM"
                      + " without any.",
                  new Remedy.ListVolumes())));
    }
  }

  private static void requireState(VmRow row, boolean isOfDisk) {
    switch (row.state()) {
      case READY -> {}
      case PAUSED -> {
        if (isOfDisk) {
          throw StateRefusal.of(
              row,
              "snapshotted without its memory, where its disk is not all that it has written",
              Advice.of(
                  "Resume it first ({}), or take the memory too.",
                  new Remedy.ResumeVm(row.id().value())));
        }
      }
      case STOPPED -> {
        if (!isOfDisk) {
          throw wrongState(row, "snapshotted with its memory");
        }
      }
      case CREATING,
          STARTING,
          FAILED,
          STOPPING,
          SUSPENDED,
          ASLEEP,
          ARCHIVED,
          DESTROYING,
          DESTROYED ->
          throw wrongState(row, "snapshotted");
    }
  }

  /** What it will be, as far as that is known before. */
  private static SnapshotConsistency consistency(VmRow row, boolean isOfDisk) {
    if (!isOfDisk) {
      return SnapshotConsistency.MEMORY;
    }
    return row.state() == VmState.STOPPED
        ? SnapshotConsistency.STOPPED
        : SnapshotConsistency.SYNCED;
  }

  private SnapshotRow record(
      VmRow row, String name, SnapshotRetention retention, SnapshotConsistency consistency) {
    String release = VmWork.of(row).spec().release();
    SnapshotPlace place = SnapshotPlace.random(random);
    return new SnapshotRow(
        name,
        row.id(),
        row.owner(),
        row.spec(),
        row.image(),
        release,
        format(release),
        files.folder(place).toString(),
        clock.millis(),
        null,
        null,
        SnapshotState.WRITING,
        retention,
        place,
        parent(row),
        null,
        consistency,
        ProcessorModel.ofHost());
  }

  /** The snapshot over whose disk the VM's is a layer: the snapshot's will be one over it, too. */
  private @Nullable String parent(VmRow row) {
    return files
        .below(row.id())
        .map(folder ->
            snapshots.list().stream()
                .filter(one ->
                    one.path().equals(folder)
                        && one.owner().equals(SnapshotRows.holder(row.owner(), one.id())))
                .findFirst()
                .orElseThrow(() ->
                    new HostFault(
                        "the disk of "
                            + row.id()
                            + " lies over "
                            + folder
                            + ", which no row knows"))
                .id())
        .orElse(null);
  }

  /** Version of its snapshot format; 0 for QEMU and for a release with a name of the operator's. */
  private static int format(String release) {
    try {
      return new ReleaseFeatures(Version.of(release)).snapshotFormat();
    } catch (Refused e) {
      return 0;
    }
  }

  private void write(VmRow row, SnapshotRow record) {
    VmWork work = VmWork.of(row);
    machines.prepareSnapshot(work, record.path(), record.consistency().hasMemory());
    switch (record.consistency()) {
      case MEMORY -> still(row, () -> machines.snapshot(work, record.path()));
      case STOPPED -> machines.snapshotDisk(work, record.path());
      case SYNCED, FROZEN, CRASH ->
          snapshots.consistent(
              record.owner(),
              record.id(),
              freeze.during(
                  work, () -> still(row, () -> machines.snapshotDisk(work, record.path()))));
    }
  }

  /** Does something while the machine stands still; a VM that ran is resumed whatever happens. */
  private void still(VmRow row, Runnable writing) {
    VmWork work = VmWork.of(row);
    if (row.state() != VmState.READY) {
      writing.run();
      return;
    }
    long start = System.nanoTime();
    try {
      machines.pause(work);
      writing.run();
    } finally {
      machines.resume(work);
      LOG.info("{}: stood still for {} ms", row.id(), (System.nanoTime() - start) / 1_000_000);
    }
  }

  /** Removes a snapshot that failed; what cannot be removed now is at the next start. */
  private void discard(SnapshotRow record, Throwable why) {
    try {
      collector.discard(record);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private Snapshot snapshot(SnapshotRow row) {
    return snapshot(row, snapshotUses.of(row).size());
  }

  /**
   * @param uses how many use it
   */
  static Snapshot snapshot(SnapshotRow row, int uses) {
    Long bytes = row.bytes();
    Long imported = row.imported();
    return new Snapshot(
        row.id(),
        row.vm(),
        new UserId(row.owner()),
        new Digest(row.image()),
        row.release(),
        Instant.ofEpochMilli(row.created()),
        bytes == null ? 0 : bytes,
        row.state(),
        row.retention(),
        row.parent(),
        imported == null ? null : Instant.ofEpochMilli(imported),
        row.consistency(),
        uses);
  }

  @Override
  public List<Snapshot> list() {
    List<SnapshotRow> all = snapshots.list().stream().filter(one -> !one.isInternal()).toList();
    return snapshotUses.of(all).entrySet().stream()
        .map(one -> snapshot(one.getKey(), one.getValue().size()))
        .toList();
  }

  private SnapshotRow found(String owner, String name) {
    return snapshots
        .find(owner, name)
        .filter(one -> !one.isInternal())
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "snapshot", name, Advice.of("{} lists them.", new Remedy.ListSnapshots()))));
  }

  @Override
  public void remove(UserId owner, String name) {
    collector.remove(found(owner.value(), name));
  }

  @Override
  public Snapshot retain(UserId owner, String name, SnapshotRetention retention) {
    SnapshotRow row = found(owner.value(), name);
    if (row.imported() != null && retention == SnapshotRetention.VM) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot " + name + " was imported, and belongs to no VM of this host.",
              "Keep it, or let it go with the last that uses it (used)."));
    }
    // One that an earlier version took lies in its VM's folder, and goes with that.
    SnapshotRow retained;
    try (var _ = snapshotUses.hold(row.owner(), name, "the change of its retention")) {
      retained =
          snapshots
              .retain(row.owner(), name, retention)
              .orElseThrow(() -> SnapshotRows.unknown(name));
    }
    collector.collect(null); // Its time may be over with that.
    return snapshot(retained);
  }

  @Override
  public void letGo(UserId owner) {
    collector.letGo(owner.value());
  }

  @Override
  public Vm restore(UserId owner, String name) {
    SnapshotRow asked = found(owner.value(), name);
    requireVm(asked);
    leased(
        asked.vm(),
        Snapshots::requireRestorableState,
        (row, lease) -> {
          try (var _ =
              snapshotUses.holding(found(owner.value(), name), "the restore of " + row.id())) {
            restore(row, found(owner.value(), name), lease);
          }
        });
    return vms.apply(asked.vm());
  }

  private void restore(VmRow row, SnapshotRow snapshot, Lease lease) {
    snapshots.folder(snapshot.owner(), snapshot.id()); // Refuses one that is not whole.
    requireRestorableState(row);
    requireRestorable(row, snapshot);
    restores.reserve(row, snapshot);
    commit(Rows.restoring(row, snapshot.id()), lease, "restored from a snapshot");
    uses.used(row.id());
  }

  private static void requireRestorableState(VmRow row) {
    if (!RESTORABLE.contains(row.state()) || row.slot() == null) {
      throw wrongState(row, "restored from a snapshot");
    }
  }

  private void requireVm(SnapshotRow snapshot) {
    boolean isThere =
        snapshot.imported() == null
            && rows.find(snapshot.vm()).filter(row -> row.state() != VmState.DESTROYED).isPresent();
    if (!isThere) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM "
                  + snapshot.vm()
                  + " of the snapshot "
                  + snapshot.id()
                  + (snapshot.imported() == null ? " is gone." : " is another host's."),
              "Only a VM that is there goes back to a snapshot of it."));
    }
  }

  /** Called before anything is done to the VM. */
  private void requireRestorable(VmRow row, SnapshotRow snapshot) {
    String digest = snapshot.digest();
    if (digest == null) {
      LOG.warn(
          "{}: snapshot {} is of an older version and has no digests; only sizes are checked",
          row.id(),
          snapshot.id());
    }
    try {
      machines.requireRestorable(
          restores.planned(row, snapshot),
          snapshot.path(),
          digest == null ? null : new Digest(digest));
    } catch (HostFault e) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + row.id() + " stays as it is, since " + e.getMessage() + ".",
              Advice.of(
                  "Restore another snapshot ({}), or remove this one: {}",
                  new Remedy.ListSnapshots(),
                  new Remedy.RemoveSnapshot(snapshot.id()))));
    }
  }

  /**
   * Removes what nothing needs any more: that of a fork whose VMs are ready, and what could not be
   * removed when its time was over.
   */
  public void collect() {
    collector.collect(null);
  }

  /** See {@link SnapshotCollector#forget}. */
  public void forget(VmId id) {
    collector.forget(id);
  }

  /** See {@link SnapshotRecovery#recover}. */
  public void recover() {
    recovery.recover();
  }
}

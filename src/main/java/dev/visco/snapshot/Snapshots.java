package dev.visco.snapshot;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.LeaseWaiting;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.SnapshotStore;
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
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
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
  private final Path folder;
  private final SnapshotRecovery recovery;

  /**
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
      GuestClock guestClock,
      Uses uses,
      ChangeSignal changes,
      Function<VmId, Vm> vms,
      InstantSource clock,
      RandomGenerator random,
      Path folder,
      Consumer<Path> keepLost) {
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
    this.folder = folder;
    this.recovery = new SnapshotRecovery(rows, snapshots, machines, files, keepLost);
  }

  /** Work that needs the VM's lease. */
  private interface LeasedWork {
    void on(VmRow row, Lease lease);
  }

  private void leased(VmId asked, LeasedWork work) {
    VmId id = vms.apply(asked).id(); // Refused when there is none.
    try (Lease lease = waiting.take(id)) {
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

  @Override
  public Vm pause(VmId id) {
    leased(
        id,
        (row, lease) -> {
          switch (row.state()) {
            // Recorded first: a paused VM must never be called ready.
            case READY -> {
              commit(Rows.in(row, VmState.PAUSED), lease, "paused");
              pause(row, lease);
            }
            case PAUSED -> {
              machines.pause(VmWork.of(row));
              // From now on it is paused on request, so it stays paused when its disk has room
              // again.
              commit(Rows.in(row, VmState.PAUSED), lease, "paused");
            }
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
                throw wrongState(row, "paused");
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
        (row, lease) -> {
          switch (row.state()) {
            case PAUSED -> {
              machines.resume(VmWork.of(row));
              setClock(row);
              commit(Rows.in(row, VmState.READY), lease, "resumed");
            }
            case READY -> machines.resume(VmWork.of(row));
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
                throw wrongState(row, "resumed");
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
  public Snapshot create(VmId id, @Nullable String asked) {
    if (asked != null) {
      Snapshot.checkName(asked);
    }
    var made = new AtomicReference<Snapshot>();
    leased(
        id,
        (row, lease) -> {
          if (row.state() != VmState.READY && row.state() != VmState.PAUSED) {
            throw wrongState(row, "snapshotted");
          }
          requireNoVolumes(row);
          SnapshotRow record = record(row, name(row.owner(), asked));
          snapshots.insert(record);
          try {
            write(row, record);
            SnapshotStore.SealedSnapshot sealed = files.seal(Path.of(record.folder()));
            snapshots.written(record.owner(), record.id(), sealed.bytes(), sealed.digest().value());
            LOG.info("{}: snapshot {} has {} bytes", id, record.id(), sealed.bytes());
          } catch (RuntimeException | Error e) {
            discard(record, e);
            throw e;
          }
          made.set(snapshot(found(record.owner(), record.id())));
        });
    return Objects.requireNonNull(made.get());
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

  private SnapshotRow record(VmRow row, String name) {
    String release = VmWork.of(row).spec().release();
    return new SnapshotRow(
        name,
        row.id(),
        row.owner(),
        row.spec(),
        row.image(),
        release,
        format(release),
        folder(row.id()).resolve(name).toString(),
        clock.millis(),
        null,
        null);
  }

  private Path folder(VmId id) {
    return folder.resolve(id.value()).resolve("snapshots");
  }

  /** Version of its snapshot format; 0 for QEMU and for a release with a name of the operator's. */
  private static int format(String release) {
    try {
      return new ReleaseFeatures(Version.of(release)).snapshotFormat();
    } catch (Refused e) {
      return 0;
    }
  }

  /** Writes the snapshot; a VM that ran is resumed whatever happens. */
  private void write(VmRow row, SnapshotRow record) {
    VmWork work = VmWork.of(row);
    boolean ran = row.state() == VmState.READY;
    try {
      if (ran) {
        machines.pause(work);
      }
      machines.snapshot(work, Path.of(record.folder()));
    } finally {
      if (ran) {
        machines.resume(work);
      }
    }
  }

  /** Removes a snapshot that failed; what cannot be removed now is at the next start. */
  private void discard(SnapshotRow record, Throwable why) {
    try {
      recovery.discard(record);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private static Snapshot snapshot(SnapshotRow row) {
    Long bytes = row.bytes();
    return new Snapshot(
        row.id(),
        row.vm(),
        new UserId(row.owner()),
        new Digest(row.image()),
        row.release(),
        Instant.ofEpochMilli(row.created()),
        bytes == null ? 0 : bytes);
  }

  @Override
  public List<Snapshot> list() {
    return snapshots.list().stream()
        .filter(one -> !one.isMemory())
        .map(Snapshots::snapshot)
        .toList();
  }

  private SnapshotRow found(String owner, String name) {
    return snapshots
        .find(owner, name)
        .filter(one -> !one.isMemory())
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "snapshot", name, Advice.of("{} lists them.", new Remedy.ListSnapshots()))));
  }

  @Override
  public void remove(UserId owner, String name) {
    leased(
        found(owner.value(), name).vm(),
        (row, lease) -> {
          boolean isNeeded =
              row.state() == VmState.CREATING
                  && restores.of(row).filter(one -> one.id().equals(name)).isPresent();
          if (isNeeded) {
            throw new Refused(
                new Refusal.Conflict(
                    "The VM " + row.id() + " is being restored from the snapshot " + name + ".",
                    "Wait until it is ready."));
          }
          recovery.discard(found(owner.value(), name));
        });
  }

  @Override
  public Vm restore(UserId owner, String name) {
    SnapshotRow asked = found(owner.value(), name);
    leased(
        asked.vm(),
        (row, lease) -> {
          SnapshotRow snapshot = found(owner.value(), name);
          if (!snapshot.isWhole()) {
            throw new Refused(
                new Refusal.Conflict(
                    "The snapshot " + name + " is still being written.",
                    "Wait until it is complete."));
          }
          if (!RESTORABLE.contains(row.state()) || row.slot() == null) {
            throw wrongState(row, "restored from a snapshot");
          }
          requireRestorable(row, snapshot);
          restores.reserve(row, snapshot);
          commit(Rows.restoring(row, snapshot.id()), lease, "restored from a snapshot");
          uses.used(row.id());
        });
    return vms.apply(asked.vm());
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
          Path.of(snapshot.folder()),
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

  /** See {@link SnapshotRecovery#forget}. */
  public void forget(VmId id) {
    recovery.forget(id);
  }

  /** See {@link SnapshotRecovery#recover}. */
  public void recover() {
    recovery.recover();
  }
}

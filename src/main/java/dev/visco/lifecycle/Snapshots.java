package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
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
final class Snapshots implements SnapshotService {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  /** For whoever works on the VM to come to the end of a step. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Set<VmState> RESTORABLE =
      Set.of(VmState.READY, VmState.PAUSED, VmState.STOPPED, VmState.FAILED);

  private final VmRows rows;
  private final Leases leases;
  private final SnapshotRows snapshots;
  private final Restores restores;
  private final Machinery machinery;
  private final Changes changes;
  private final Function<VmId, Vm> vms;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Path folder;

  /**
   * @param vms a VM as its users see it; refuses one that is not there
   * @param folder with a folder for each VM
   */
  Snapshots(
      VmRows rows,
      Leases leases,
      SnapshotRows snapshots,
      Restores restores,
      Machinery machinery,
      Changes changes,
      Function<VmId, Vm> vms,
      InstantSource clock,
      RandomGenerator random,
      Path folder) {
    this.rows = rows;
    this.leases = leases;
    this.snapshots = snapshots;
    this.restores = restores;
    this.machinery = machinery;
    this.changes = changes;
    this.vms = vms;
    this.clock = clock;
    this.random = random;
    this.folder = folder;
  }

  /** Work on a VM while nobody else works on it. */
  private interface Work {
    void on(VmRow row, Lease lease);
  }

  private void leased(VmId asked, Work work) {
    VmId id = vms.apply(asked).id(); // Refused when there is none.
    try (Lease lease = lease(id)) {
      work.on(lease.row().orElseThrow(() -> gone(id)), lease);
    } finally {
      changes.tell(id);
    }
  }

  private static Refused gone(VmId id) {
    return new Refused(new Refusal.NotFound("VM", id.value(), "visco ps lists them."));
  }

  private Lease lease(VmId id) {
    var found = new AtomicReference<Optional<Lease>>(Optional.empty());
    try {
      changes.await(
          id,
          PATIENCE,
          () -> {
            found.set(leases.take(id));
            return found.get().isPresent();
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return found
        .get()
        .orElseThrow(() ->
            new Refused(
                new Refusal.Conflict(
                    "The VM " + id + " is being worked on.", "Try again when that is done.")));
  }

  private static Refused wrongState(VmRow row, String what) {
    return new Refused(
        new Refusal.Conflict(
            "The VM " + row.id() + " is " + row.state().word() + " and cannot be " + what + ".",
            switch (row.state()) {
              case CREATING -> "Wait until it is ready.";
              case READY, PAUSED -> "Wait until what runs on it is done.";
              case FAILED, STOPPED, DESTROYING, DESTROYED -> "Create a new one.";
            }));
  }

  /** Refused when somebody wished its end meanwhile: its state is not this one then. */
  private void commit(VmRow changed, Lease lease, String what) {
    VmRow now = lease.commit(changed, what, clock.millis());
    changes.tell(now.id());
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
            // Recorded first: a VM that stands still must never be called ready.
            case READY -> {
              commit(Rows.in(row, VmState.PAUSED), lease, "paused");
              pause(row, lease);
            }
            case PAUSED -> {
              machinery.pause(VmWork.of(row));
              // From now on it stands still by wish, also when the disk it waited for has room.
              commit(Rows.in(row, VmState.PAUSED), lease, "paused");
            }
            case CREATING, FAILED, STOPPED, DESTROYING, DESTROYED ->
                throw wrongState(row, "paused");
          }
        });
    return vms.apply(id);
  }

  private void pause(VmRow row, Lease lease) {
    try {
      machinery.pause(VmWork.of(row));
    } catch (RuntimeException | Error e) {
      lease.commit(Rows.in(row, VmState.READY), "not paused", clock.millis());
      throw e;
    }
  }

  @Override
  public Vm resume(VmId id) {
    leased(
        id,
        (row, lease) -> {
          switch (row.state()) {
            case PAUSED -> {
              machinery.resume(VmWork.of(row));
              setClock(row);
              commit(Rows.in(row, VmState.READY), lease, "resumed");
            }
            case READY -> machinery.resume(VmWork.of(row));
            case CREATING, FAILED, STOPPED, DESTROYING, DESTROYED ->
                throw wrongState(row, "resumed");
          }
        });
    return vms.apply(id);
  }

  /** A guest whose clock is late works all the same. */
  private void setClock(VmRow row) {
    try {
      machinery.setClock(VmWork.of(row));
    } catch (RuntimeException e) {
      LOG.warn("{}: its clock could not be set and is late by the pause", row.id(), e);
    }
  }

  @Override
  public Snapshot create(VmId id, @Nullable String asked) {
    String name = asked == null ? "snap-%08x".formatted(random.nextInt()) : asked;
    Snapshot.checkName(name);
    var made = new AtomicReference<Snapshot>();
    leased(
        id,
        (row, lease) -> {
          if (row.state() != VmState.READY && row.state() != VmState.PAUSED) {
            throw wrongState(row, "written down");
          }
          if (snapshots.find(name).isPresent()) {
            throw new Refused(
                new Refusal.Conflict(
                    "There is a snapshot \"" + name + "\" already.",
                    "Use another name, or remove it: visco snapshot rm " + name));
          }
          SnapshotRow record = record(row, name);
          snapshots.insert(record);
          long bytes = write(row, record);
          snapshots.written(name, bytes);
          LOG.info("{}: snapshot {} has {} bytes", id, name, bytes);
          made.set(snapshot(snapshots.find(name).orElse(record)));
        });
    return Objects.requireNonNull(made.get());
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
        null);
  }

  private Path folder(VmId id) {
    return folder.resolve(id.value()).resolve("snapshots");
  }

  /** 0 for QEMU, and for a release that an operator gave a name of its own. */
  private static int format(String release) {
    try {
      return new ReleaseFeatures(Version.of(release)).snapshotFormat();
    } catch (Refused e) {
      return 0;
    }
  }

  /** A VM that ran goes on whatever happens, and of a snapshot that failed nothing is left. */
  private long write(VmRow row, SnapshotRow record) {
    VmWork work = VmWork.of(row);
    boolean ran = row.state() == VmState.READY;
    try {
      if (ran) {
        machinery.pause(work);
      }
      return machinery.snapshot(work, Path.of(record.folder()));
    } catch (RuntimeException e) {
      discard(record);
      throw e;
    } finally {
      if (ran) {
        machinery.resume(work);
      }
    }
  }

  private void discard(SnapshotRow record) {
    machinery.removeSnapshot(Path.of(record.folder()));
    snapshots.remove(record.id());
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
    return snapshots.list().stream().map(Snapshots::snapshot).toList();
  }

  private SnapshotRow found(String name) {
    return snapshots
        .find(name)
        .orElseThrow(() ->
            new Refused(new Refusal.NotFound("snapshot", name, "visco snapshot ls lists them.")));
  }

  @Override
  public void remove(String name) {
    leased(
        found(name).vm(),
        (row, lease) -> {
          boolean isNeeded =
              row.state() == VmState.CREATING
                  && restores.of(row).filter(one -> one.id().equals(name)).isPresent();
          if (isNeeded) {
            throw new Refused(
                new Refusal.Conflict(
                    "The VM " + row.id() + " is on its way back to the snapshot " + name + ".",
                    "Wait until it is ready."));
          }
          discard(found(name));
        });
  }

  @Override
  public Vm restore(String name) {
    SnapshotRow asked = found(name);
    leased(
        asked.vm(),
        (row, lease) -> {
          SnapshotRow snapshot = found(name);
          if (!snapshot.isWhole()) {
            throw new Refused(
                new Refusal.Conflict(
                    "The snapshot " + name + " is still being written.",
                    "Wait until it is whole."));
          }
          if (!RESTORABLE.contains(row.state()) || row.slot() == null) {
            throw wrongState(row, "taken back to a snapshot");
          }
          commit(
              Rows.restoring(row, LaunchMachine.NAME, snapshot.id()),
              lease,
              "taken back to a snapshot");
        });
    return vms.apply(asked.vm());
  }

  /** Forgets those of a VM whose folder is gone, and with it their files. */
  void forget(VmId id) {
    snapshots.list().stream()
        .filter(one -> one.vm().equals(id))
        .forEach(one -> snapshots.remove(one.id()));
  }

  /**
   * Takes up what an earlier daemon left: a snapshot that it began goes, and the VM that stood
   * still for it goes on; a VM that was paused stands still. Before anything is conducted.
   */
  void takeUp() {
    var known = new HashSet<Path>();
    var there = new HashSet<>(machinery.snapshots());
    for (SnapshotRow snapshot : snapshots.list()) {
      Path files = Path.of(snapshot.folder());
      if (snapshot.isWhole() && there.contains(files)) {
        known.add(files);
      } else {
        LOG.info("{}: snapshot {} was not finished; it is removed", snapshot.vm(), snapshot.id());
        attempt(snapshot.vm(), () -> discard(snapshot));
        rows.find(snapshot.vm())
            .filter(row -> row.state() == VmState.READY)
            .ifPresent(row -> attempt(row.id(), () -> machinery.resume(VmWork.of(row))));
      }
    }
    there.stream()
        .filter(files -> !known.contains(files))
        .forEach(files -> attempt(files, () -> machinery.removeSnapshot(files)));
    for (VmRow row : rows.list(false)) {
      if (row.state() == VmState.PAUSED) {
        attempt(row.id(), () -> machinery.pause(VmWork.of(row)));
      }
    }
  }

  /** What one VM's machine or disk does must not keep the others from being taken up. */
  private static void attempt(Object what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("{}: what an earlier daemon left could not be put right; it goes on", what, e);
    }
  }
}

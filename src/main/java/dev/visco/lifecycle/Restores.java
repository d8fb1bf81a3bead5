package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.SpecJson;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Restores VMs from snapshots. From the request to the verification a VM's row names the snapshot,
 * and its present disk is kept aside, so that a failed restore costs the VM its machine and nothing
 * else. Each effect is safe to repeat: a restore that a killed daemon began is started over.
 */
public final class Restores {
  private final SnapshotRows snapshots;
  private final SnapshotStore files;
  private final Machines machines;
  private final VmDisks disks;
  private final GuestClock guestClock;
  private final NextSizes sizes;
  private final GuestCredentials credentials;
  private final GuestIdentity identity;

  public Restores(
      SnapshotRows snapshots,
      SnapshotStore files,
      Machines machines,
      VmDisks disks,
      GuestClock guestClock,
      NextSizes sizes,
      GuestCredentials credentials,
      GuestIdentity identity) {
    this.identity = identity;
    this.sizes = sizes;
    this.credentials = credentials;
    this.snapshots = snapshots;
    this.files = files;
    this.machines = machines;
    this.disks = disks;
    this.guestClock = guestClock;
  }

  /** The snapshot that this VM is being restored from; empty when it is not. */
  public Optional<SnapshotRow> of(VmRow row) {
    return Optional.ofNullable(row.restoring())
        .flatMap(id -> snapshots.find(SnapshotRows.holder(row.owner(), id), id));
  }

  /** The memory that a suspended VM goes on from, or of an earlier such; empty for none. */
  public Optional<SnapshotRow> memory(VmRow row) {
    return snapshots.find(row.owner(), SnapshotRow.memoryOf(row.id()));
  }

  /** When the memory of a suspended VM was written, in milliseconds after the epoch. */
  public Optional<Long> memorySince(VmRow row) {
    return memory(row).map(SnapshotRow::created);
  }

  /**
   * Removes the memory that a VM was suspended with: its guest has gone on from it, or its disk has
   * changed otherwise. Safe to repeat.
   */
  public void dropMemory(VmRow row) {
    memory(row)
        .ifPresent(one -> {
          files.remove(Path.of(one.folder()));
          snapshots.remove(one.owner(), one.id());
        });
  }

  /**
   * Why nothing may be started from the snapshot of a clone; empty when all of it is sound. What is
   * damaged in it may be its disk as well, so that such a clone does not boot either.
   */
  public Optional<String> problem(VmWork work, SnapshotRow snapshot) {
    String digest = snapshot.digest();
    try {
      machines.requireRestorable(
          work, Path.of(snapshot.folder()), digest == null ? null : new Digest(digest));
      return Optional.empty();
    } catch (HostFault e) {
      return Optional.of(
          "It cannot go on from the snapshot " + snapshot.id() + ": " + e.getMessage() + ".");
    }
  }

  /**
   * Makes a clone's guest a VM of its own; does nothing to any other.
   *
   * @throws GuestUnreachable when it does not answer yet
   */
  public void takeIdentity(VmWork work) throws GuestUnreachable {
    if (Rows.isCloning(work)) {
      SnapshotRow snapshot = of(work.row()).orElseThrow(() -> gone(work));
      identity.makeOwn(work, Path.of(snapshot.folder()));
    }
  }

  private static HostFault gone(VmWork work) {
    return new HostFault("there is no snapshot " + work.row().restoring() + " any more");
  }

  /** Ends the machine of a VM that cannot go on from its memory. */
  void giveUpMemory(VmRow row) {
    machines.stop(VmWork.of(row));
  }

  /**
   * Replaces the VM's disk by the snapshot's, and starts the machine from the snapshot, with the
   * size that it had then; from one of the disk alone it boots. A suspended VM has its disk; its
   * machine stands still until {@link #goOn}, so that its disk is that of its memory as long as no
   * machine is recorded.
   */
  public MachineRef begin(VmWork asked, SnapshotRow snapshot) {
    if (snapshot.isMemory()) {
      machines.stop(asked);
      return machines.loadMemory(asked, Path.of(snapshot.folder()));
    }
    Path files = Path.of(snapshot.folder());
    if (Rows.isCloning(asked)) {
      machines.stop(asked);
      return machines.restore(asked, files);
    }
    VmWork work = sizes.asIn(asked, SpecJson.read(snapshot.spec()));
    credentials.beforeRestore(work);
    machines.stop(work);
    disks.putAside(work.id());
    disks.take(work, files);
    return snapshot.consistency().hasMemory()
        ? machines.restore(work, files)
        : machines.launch(work);
  }

  /** The VM with the size that it has in the snapshot. */
  public VmWork planned(VmRow row, SnapshotRow snapshot) {
    return NextSizes.planned(VmWork.of(row), SpecJson.read(snapshot.spec()));
  }

  /** Reserves what the VM needs with that size; refused where the owner or host has too little. */
  public void reserve(VmRow row, SnapshotRow snapshot) {
    sizes.reserve(VmWork.of(row), SpecJson.read(snapshot.spec()));
  }

  /**
   * Completes a restore that was verified: sets the guest's clock, which is behind by the
   * snapshot's age, and removes the disk that was kept aside.
   */
  public void end(VmWork work) {
    if (Rows.isCloning(work)) {
      return; // Its identity has set it, and it has no other disk.
    }
    if (Rows.isResuming(work.row())) {
      guestClock.set(work);
      dropMemory(work.row());
    } else {
      guestClock.restored(work);
      disks.dropAside(work.id());
    }
  }

  /** Has the guest of a VM go on that was suspended; safe to repeat. */
  public void goOn(VmWork work) {
    machines.resume(work);
  }

  /**
   * Undoes a restore that failed: ends the machine, and puts the disk back that was kept aside.
   *
   * @return what state the VM is left in, in a sentence
   */
  String undo(VmWork work) {
    machines.stop(work);
    return disks.putBack(work.id())
        ? "Its disk is as it was before the restore; its machine has ended."
        : "Its disk is the snapshot's; its machine has ended.";
  }
}

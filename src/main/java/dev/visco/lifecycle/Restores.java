package dev.visco.lifecycle;

import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.vmm.MachineRef;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Restores VMs from snapshots. From the request to the verification a VM's row names the snapshot,
 * and its present disk is kept aside, so that a failed restore costs the VM its machine and nothing
 * else. Each effect is safe to repeat: a restore that a killed daemon began is started over.
 */
public final class Restores {
  private final SnapshotRows snapshots;
  private final Machines machines;
  private final VmDisks disks;
  private final GuestClock guestClock;

  public Restores(SnapshotRows snapshots, Machines machines, VmDisks disks, GuestClock guestClock) {
    this.snapshots = snapshots;
    this.machines = machines;
    this.disks = disks;
    this.guestClock = guestClock;
  }

  /** The snapshot that this VM is being restored from; empty when it is not. */
  public Optional<SnapshotRow> of(VmRow row) {
    return Optional.ofNullable(row.restoring()).flatMap(id -> snapshots.find(row.owner(), id));
  }

  /** Replaces the VM's disk by the snapshot's, and starts the machine from the snapshot. */
  public MachineRef begin(VmWork work, SnapshotRow snapshot) {
    Path files = Path.of(snapshot.folder());
    machines.stop(work);
    disks.putAside(work.id());
    disks.take(work, files);
    return machines.restore(work, files);
  }

  /**
   * Completes a restore that was verified: sets the guest's clock, which is behind by the
   * snapshot's age, and removes the disk that was kept aside.
   */
  public void end(VmWork work) {
    guestClock.set(work);
    disks.dropAside(work.id());
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

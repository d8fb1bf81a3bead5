package dev.visco.lifecycle;

import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.vmm.MachineRef;
import java.nio.file.Path;
import java.util.Optional;

/**
 * VMs on their way back to a snapshot: a VM's row says so from the request to the verification. The
 * disk that it had is put aside until then, so that a restore that fails costs a VM its machine and
 * nothing else. Each effect is safe to repeat, and so a restore that a killed daemon began is done
 * anew from its beginning.
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

  /** The snapshot that this VM goes back to; empty when it does not. */
  public Optional<SnapshotRow> of(VmRow row) {
    return Optional.ofNullable(row.restoring()).flatMap(snapshots::find);
  }

  /** Puts the snapshot's disk in place of the VM's own, and starts the machine from it. */
  public MachineRef begin(VmWork work, SnapshotRow snapshot) {
    Path files = Path.of(snapshot.folder());
    machines.stop(work);
    disks.putAside(work.id());
    disks.take(work, files);
    return machines.restore(work, files);
  }

  /**
   * The VM works as it did then: its disk of today goes. Its guest is late by the snapshot's age.
   */
  public void end(VmWork work) {
    guestClock.set(work);
    disks.dropAside(work.id());
  }

  /**
   * It does not work, and goes back as far as it can: its machine is gone, its disk is as it was.
   *
   * @return what is to be said of it
   */
  String undo(VmWork work) {
    machines.stop(work);
    return disks.putBack(work.id())
        ? "Its disk is as it was before the restore; its machine has ended."
        : "Its disk is the snapshot's; its machine has ended.";
  }
}

package dev.visco.snapshot;

import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.store.SnapshotRow;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pauses and resumes VMs; creates, lists, restores and removes snapshots. Every call throws {@link
 * dev.visco.model.Refused} for a request that cannot be fulfilled.
 */
public interface SnapshotService {
  /** Pauses a ready VM, which keeps its memory; does nothing to a paused one. */
  Vm pause(VmId id);

  /**
   * Resumes a paused VM, and sets its guest's clock; does nothing to a ready one. A suspended one
   * is on its way then, as after {@link dev.visco.lifecycle.PowerService#start}.
   */
  Vm resume(VmId id);

  /** The same of one that goes with its VM. */
  default Snapshot create(VmId id, @Nullable String name) {
    return create(id, name, false, false);
  }

  /**
   * Writes memory, devices and disk of a ready or paused VM. A ready one is paused meanwhile.
   * Without memory it may be a ready or a stopped one; a ready one's guest holds its disks still.
   *
   * @param name which no other snapshot of the VM's owner has; null for a generated one
   * @param isKept whether it outlives its VM
   * @param isOfDisk whether it is of the disk alone
   */
  Snapshot create(VmId id, @Nullable String name, boolean isKept, boolean isOfDisk);

  /**
   * Takes a snapshot that is there for what uses it alone, and does something with it. Nothing
   * removes it before that is done; whatever uses it by then keeps it.
   *
   * @param work is given the name of the whole snapshot, which the VM's owner has
   */
  <T> T forUse(VmId id, Function<String, T> work);

  /**
   * The row that {@link #forUse} would record; none is, and the VM goes on.
   *
   * @throws dev.visco.model.Refused where that would be
   */
  SnapshotRow planForUse(VmId id);

  /** Newest first. */
  List<Snapshot> list();

  /**
   * Removes a user's snapshot with its files; refused while something uses it. May be repeated
   * after a failure.
   */
  void remove(UserId owner, String name);

  /** Sets until when a snapshot stays; removes it at once where that is over. */
  Snapshot retain(UserId owner, String name, SnapshotRetention retention);

  /** Removes all snapshots of a user; one that is in use as soon as it is not. */
  void letGo(UserId owner);

  /**
   * Records that the VM of a user's snapshot is to be restored from it, and returns at once. The VM
   * is then verified as after a boot; everything that it did since the snapshot is lost.
   */
  Vm restore(UserId owner, String name);
}

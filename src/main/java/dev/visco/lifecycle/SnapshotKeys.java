package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.session.SnapshotKeyring;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import java.util.function.Consumer;

/**
 * The keys that snapshots have of their own: those of their VMs as of then, with which a clone is
 * entered when the VM is gone.
 */
public final class SnapshotKeys {
  private final SnapshotRows rows;
  private final VmKeyring vms;
  private final SnapshotKeyring snapshots;
  private final Consumer<SnapshotPlace> forgetting;

  /**
   * @param forgetting is told of each that is gone
   */
  public SnapshotKeys(
      SnapshotRows rows,
      VmKeyring vms,
      SnapshotKeyring snapshots,
      Consumer<SnapshotPlace> forgetting) {
    this.rows = rows;
    this.vms = vms;
    this.snapshots = snapshots;
    this.forgetting = forgetting;
  }

  /**
   * The keys of an owner's snapshot.
   *
   * @throws Refused when there is no such snapshot, or an earlier version took it, which kept none
   */
  public VmKeys of(String owner, String name) {
    SnapshotRow row = rows.find(owner, name).orElseThrow(() -> SnapshotRows.unknown(name));
    SnapshotPlace place = row.place();
    if (place != null) {
      return snapshots.of(place);
    }
    throw new Refused(
        new Refusal.Conflict(
            "The snapshot " + name + " has no keys of its own: an earlier version took it.",
            Advice.words("Take another one.")));
  }

  /** Refuses a new snapshot whose keys could not be kept. */
  public void requireRoom() {
    vms.requireRoomForKeys();
  }

  /** Keeps the VM's keys for a snapshot of it. */
  public void keep(VmId vm, SnapshotPlace place) {
    vms.of(vm).copyTo(snapshots.of(place));
  }

  /** The keys of a snapshot by its place. */
  public VmKeys of(SnapshotPlace place) {
    return snapshots.of(place);
  }

  /** Forgets what is known of a snapshot that is removed: what is kept goes with its row. */
  public void forget(SnapshotPlace place) {
    forgetting.accept(place);
  }
}

package dev.visco.lifecycle;

import dev.visco.model.VmId;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import java.util.Optional;

/**
 * Which VMs are on their way back to a snapshot: recorded before the first effect, and forgotten
 * once the VM is verified, so that a daemon that starts meanwhile goes on with it.
 */
final class Restores {
  private final Store store;
  private final SnapshotRows snapshots;

  Restores(Store store, SnapshotRows snapshots) {
    this.store = store;
    this.snapshots = snapshots;
  }

  private static String fact(VmId id) {
    return "restore-" + id;
  }

  void begin(VmId id, SnapshotRow snapshot) {
    store.setFact(fact(id), snapshot.id());
  }

  /** The snapshot that this VM goes back to; empty when it does not. */
  Optional<SnapshotRow> of(VmId id) {
    return store.findFact(fact(id)).flatMap(snapshots::find);
  }

  /** Safe to repeat. */
  void end(VmId id) {
    store.removeFact(fact(id));
  }
}

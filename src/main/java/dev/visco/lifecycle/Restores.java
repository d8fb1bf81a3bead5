package dev.visco.lifecycle;

import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import java.util.Optional;

/** Which snapshot a VM is on its way back to: its row says so from the wish to the verification. */
final class Restores {
  private final SnapshotRows snapshots;

  Restores(SnapshotRows snapshots) {
    this.snapshots = snapshots;
  }

  /** The snapshot that this VM goes back to; empty when it does not. */
  Optional<SnapshotRow> of(VmRow row) {
    return Optional.ofNullable(row.restoring()).flatMap(snapshots::find);
  }
}

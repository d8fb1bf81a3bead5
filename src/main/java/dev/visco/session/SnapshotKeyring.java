package dev.visco.session;

import dev.visco.model.SnapshotPlace;
import java.nio.file.Path;

/** The keys of all snapshots: those that their VMs had then, with which a clone is entered. */
public interface SnapshotKeyring {
  /** The keys of a snapshot; there are none of one that an earlier version took. */
  VmKeys of(SnapshotPlace snapshot);

  /** Keys as files in the snapshots' folders. */
  static SnapshotKeyring inFolders(Path snapshots) {
    return place -> new VmKeys(snapshots.resolve(place.value()));
  }
}

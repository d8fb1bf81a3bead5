package dev.visco.snapshot;

import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recovers snapshots and pauses after a killed daemon, and removes those of destroyed VMs. */
final class SnapshotRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotRecovery.class);
  private final VmRows rows;
  private final SnapshotRows snapshots;
  private final Machines machines;
  private final SnapshotStore files;
  private final Consumer<Path> keepLost;

  /**
   * @param keepLost moves the files of a snapshot aside that has no row
   */
  SnapshotRecovery(
      VmRows rows,
      SnapshotRows snapshots,
      Machines machines,
      SnapshotStore files,
      Consumer<Path> keepLost) {
    this.rows = rows;
    this.snapshots = snapshots;
    this.machines = machines;
    this.files = files;
    this.keepLost = keepLost;
  }

  /** Removes files, then row. Files that have a snapshot's name but no row are never removed. */
  void discard(SnapshotRow record) {
    files.remove(Path.of(record.folder()));
    snapshots.remove(record.owner(), record.id());
  }

  /** Removes the rows of a VM's snapshots, whose files were removed with the VM's folder. */
  void forget(VmId id) {
    snapshots.list().stream()
        .filter(one -> one.vm().equals(id))
        .forEach(one -> snapshots.remove(one.owner(), one.id()));
  }

  /**
   * Recovers what an earlier daemon left; called before the conductor starts. A snapshot that is
   * incomplete is removed, and the VM that was paused for it is resumed; a VM whose row is paused
   * is paused.
   */
  void recover() {
    var known = new HashSet<Path>();
    var there = new HashSet<>(files.all());
    for (SnapshotRow snapshot : snapshots.list()) {
      Path folder = Path.of(snapshot.folder());
      if (snapshot.isMemory()) {
        known.add(folder); // Suspensions recovers those.
      } else if (snapshot.isWhole() && there.contains(folder)) {
        known.add(folder);
      } else {
        LOG.info("{}: snapshot {} was not finished; it is removed", snapshot.vm(), snapshot.id());
        attempt(snapshot.vm(), () -> discard(snapshot));
        rows.find(snapshot.vm())
            .filter(row -> row.state() == VmState.READY)
            .ifPresent(row -> attempt(row.id(), () -> machines.resume(VmWork.of(row))));
      }
    }
    there.stream()
        .filter(folder -> !known.contains(folder))
        .forEach(folder -> attempt(folder, () -> removeOrKeep(folder)));
    for (VmRow row : rows.list(false)) {
      if (row.state() == VmState.PAUSED) {
        attempt(row.id(), () -> machines.pause(VmWork.of(row)));
      }
    }
  }

  /**
   * A folder whose removal had begun has a name that says so. Any other one has lost its row, which
   * is no reason to delete it.
   */
  private void removeOrKeep(Path folder) {
    if (folder.getFileName().toString().startsWith(".")) {
      files.remove(folder);
    } else {
      keepLost.accept(folder);
    }
  }

  /** A failure of one VM must not keep the others from being recovered. */
  private static void attempt(Object what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      LOG.error("{}: could not recover what an earlier daemon left; the others are", what, e);
    }
  }
}

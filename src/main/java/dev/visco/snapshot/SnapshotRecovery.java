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

/** What a killed daemon left of snapshots and pauses, and what a destroyed VM leaves. */
final class SnapshotRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotRecovery.class);
  private final VmRows rows;
  private final SnapshotRows snapshots;
  private final Machines machines;
  private final SnapshotStore files;
  private final Consumer<Path> keepLost;

  /**
   * @param keepLost puts a snapshot's files aside that no row knows
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

  /** The files first, by a name that says so: what has another name and no row is kept. */
  void discard(SnapshotRow record) {
    files.remove(Path.of(record.folder()));
    snapshots.remove(record.id());
  }

  /** Forgets those of a VM whose folder is gone, and with it their files. */
  void forget(VmId id) {
    snapshots.list().stream()
        .filter(one -> one.vm().equals(id))
        .forEach(one -> snapshots.remove(one.id()));
  }

  /**
   * Recovers what an earlier daemon left: a snapshot that it began goes, and the VM that stood
   * still for it goes on; a VM that was paused stands still. Before anything is conducted.
   */
  void recover() {
    var known = new HashSet<Path>();
    var there = new HashSet<>(files.all());
    for (SnapshotRow snapshot : snapshots.list()) {
      Path folder = Path.of(snapshot.folder());
      if (snapshot.isWhole() && there.contains(folder)) {
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
   * What was about to be removed is called so. Anything else has lost its row, which is no licence
   * to delete it.
   */
  private void removeOrKeep(Path folder) {
    if (folder.getFileName().toString().startsWith(".")) {
      files.remove(folder);
    } else {
      keepLost.accept(folder);
    }
  }

  /** What one VM's machine or disk does must not keep the others from being recovered. */
  private static void attempt(Object what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      LOG.error("{}: what an earlier daemon left could not be put right; it goes on", what, e);
    }
  }
}

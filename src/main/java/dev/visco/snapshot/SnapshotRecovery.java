package dev.visco.snapshot;

import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotState;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recovers snapshots and pauses after a killed daemon. */
final class SnapshotRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotRecovery.class);
  private final VmRows rows;
  private final SnapshotRows snapshots;
  private final Machines machines;
  private final SnapshotStore files;
  private final SnapshotCollector collector;
  private final Path vms;
  private final Consumer<Path> keepLost;

  /**
   * @param vms the folder that holds each VM's folder
   * @param keepLost moves the files of a snapshot aside that has no row
   */
  SnapshotRecovery(
      VmRows rows,
      SnapshotRows snapshots,
      Machines machines,
      SnapshotStore files,
      SnapshotCollector collector,
      Path vms,
      Consumer<Path> keepLost) {
    this.rows = rows;
    this.snapshots = snapshots;
    this.machines = machines;
    this.files = files;
    this.collector = collector;
    this.vms = vms;
    this.keepLost = keepLost;
  }

  /**
   * Recovers what an earlier daemon left; called before the conductor starts. A snapshot that is
   * incomplete is removed, and the VM that was paused for it is resumed; a VM whose row is paused
   * is paused. Removals are finished, and what is kept for a VM that is gone by now goes.
   */
  void recover() {
    snapshots.list().stream()
        .filter(one -> one.place() != null && one.imported() == null)
        .forEach(one -> attempt(one.vm(), () -> moveOut(one)));
    var known = new HashSet<Path>();
    var there = new HashSet<>(files.all());
    for (SnapshotRow snapshot : snapshots.list()) {
      Path folder = snapshot.path();
      known.add(folder);
      if (snapshot.isMemory()) {
        continue; // Suspensions recovers those.
      } else if (snapshot.state() == SnapshotState.REMOVING) {
        attempt(snapshot.vm(), () -> collector.discard(snapshot));
      } else if (!snapshot.isWhole() || !there.contains(folder)) {
        LOG.info("{}: snapshot {} was not finished; it is removed", snapshot.vm(), snapshot.id());
        attempt(snapshot.vm(), () -> collector.discard(snapshot));
        rows.find(snapshot.vm())
            .filter(row -> row.state() == VmState.READY)
            .ifPresent(row -> attempt(row.id(), () -> machines.resume(VmWork.of(row))));
      } else if (snapshot.consistency() == SnapshotConsistency.CRASH) {
        attempt(snapshot.vm(), () -> files.dropMemory(snapshot.path()));
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
    attempt("snapshots", () -> collector.collect(null));
  }

  /** Finishes the move of one that an earlier version took, if the daemon was killed at it. */
  private void moveOut(SnapshotRow row) {
    Path from = vms.resolve(row.vm().value()).resolve("snapshots").resolve(row.id());
    if (files.all().contains(from) && snapshots.list().stream().noneMatch(isIn(from))) {
      files.moveOut(from, row.path());
    }
  }

  private static Predicate<SnapshotRow> isIn(Path folder) {
    return row -> row.path().equals(folder);
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

package dev.visco.snapshot;

import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.SnapshotUser;
import dev.visco.model.VmId;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes snapshots: those that somebody wants removed, and those whose retention has ended and
 * that nothing uses; of those whose disk alone is in use the memory goes. First it is recorded,
 * unless something uses the snapshot at that moment; then the files go, and then the row, so that
 * what a killed daemon began is finished by the next one.
 */
final class SnapshotCollector {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotCollector.class);
  private final VmRows vms;
  private final SnapshotRows rows;
  private final SnapshotStore files;
  private final SnapshotUses uses;
  private final SnapshotKeys keys;
  private final ReentrantLock removing = new ReentrantLock();

  SnapshotCollector(
      VmRows vms, SnapshotRows rows, SnapshotStore files, SnapshotUses uses, SnapshotKeys keys) {
    this.vms = vms;
    this.rows = rows;
    this.files = files;
    this.uses = uses;
    this.keys = keys;
  }

  /** Removes a snapshot; refused while something uses it. Safe to repeat. */
  void remove(SnapshotRow row) {
    List<SnapshotUser> users = uses.startRemoving(row, null);
    if (!users.isEmpty()) {
      throw SnapshotUses.inUse(row, users);
    }
    discard(row);
    collect(null); // Its parent may have been there for it alone.
  }

  /** Removes files, then row. */
  void discard(SnapshotRow row) {
    removing.lock();
    try {
      files.remove(row.path());
      rows.remove(row.owner(), row.id());
      if (row.place() != null) {
        keys.forget(row.place());
      }
    } finally {
      removing.unlock();
    }
  }

  /**
   * Removes the rows of snapshots in a destroyed VM's folder, which is removed by now, and all
   * whose retention has ended with it.
   */
  void forget(VmId id) {
    rows.list().stream()
        .filter(one -> one.place() == null && one.isOf(id))
        .forEach(one -> rows.remove(one.owner(), one.id()));
    collect(id);
  }

  /**
   * Removes every snapshot whose retention has ended, and finishes removals. One that cannot be
   * removed is logged and hinders no other.
   *
   * @param gone a VM that counts as destroyed; null for none
   */
  void collect(@Nullable VmId gone) {
    // A snapshot that goes may have been the last user of its parent.
    for (boolean again = true; again; ) {
      Set<VmId> there = there(gone);
      again = false;
      for (SnapshotRow row : rows.list()) {
        again |= isCollected(row, there, gone);
      }
    }
  }

  private Set<VmId> there(@Nullable VmId gone) {
    return vms.list(false).stream()
        .map(VmRow::id)
        .filter(id -> !id.equals(gone))
        .collect(Collectors.toSet());
  }

  private boolean isCollected(SnapshotRow row, Set<VmId> there, @Nullable VmId gone) {
    try {
      if (row.state() != SnapshotState.REMOVING
          && !(isOver(row, there) && uses.startRemoving(row, gone).isEmpty())) {
        dropMemory(row);
        return false;
      }
      discard(row);
      LOG.info("the snapshot {} of {} was removed: nothing needs it", row.id(), row.owner());
      return true;
    } catch (RuntimeException | Error e) {
      LOG.error("the snapshot {} of {} could not be removed", row.id(), row.owner(), e);
      return false;
    }
  }

  /**
   * Of one that is there for its users alone nothing but the disk is needed once all of them run:
   * their disks are layers over it. The row first: what a killed daemon began is finished by the
   * next one.
   */
  private void dropMemory(SnapshotRow row) {
    if (row.retention() == SnapshotRetention.USED
        && row.state() == SnapshotState.WHOLE
        && row.digest() != null
        && row.consistency().hasMemory()
        && !row.isMemory()) {
      uses.unlessStarted(
          row,
          () -> {
            SnapshotStore.SealedSnapshot left = files.withoutMemory(row.path());
            rows.withoutMemory(row.owner(), row.id(), left.bytes(), left.digest().value());
            files.dropMemory(row.path());
            LOG.info("the snapshot {} of {} has its disk alone now", row.id(), row.owner());
          });
    }
  }

  private static boolean isOver(SnapshotRow row, Set<VmId> there) {
    if (row.isMemory()) {
      return false; // Its VM's business.
    }
    return switch (row.retention()) {
      case VM -> row.imported() == null && !there.contains(row.vm());
      case KEPT -> false;
      case USED -> true;
    };
  }

  /** Lets a user's snapshots go that are kept: each as soon as nothing uses it. */
  void letGo(String owner) {
    rows.list().stream()
        .filter(one -> one.owner().equals(owner) && !one.isMemory())
        .forEach(one -> rows.retain(owner, one.id(), SnapshotRetention.USED));
    collect(null);
  }
}

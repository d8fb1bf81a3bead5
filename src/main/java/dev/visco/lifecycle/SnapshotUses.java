package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Origin;
import dev.visco.model.Origin.Clone;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Origin.FromSnapshot;
import dev.visco.model.Rebuild;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotUser;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What uses snapshots, so that none is removed from under it: VMs that were started from one, and
 * those whose disk is a layer over one's; snapshots whose parent one is; restores; and work that
 * holds one. Whoever begins to use a snapshot holds it until a row says so ({@link #hold}): between
 * a look at its users and the record that it is being removed, no user can come.
 */
public final class SnapshotUses {
  private final VmRows vms;
  private final SnapshotRows snapshots;
  private final SnapshotStore files;
  private final RandomGenerator random;

  /** What holds them, by owner and name. */
  private final Map<SnapshotKey, List<Hold>> holds = new HashMap<>();

  private record SnapshotKey(String owner, String name) {
    SnapshotKey {
      owner = SnapshotRows.holder(owner, name);
    }

    static SnapshotKey of(SnapshotRow row) {
      return new SnapshotKey(row.owner(), row.id());
    }
  }

  /**
   * @param random for the names of folders
   */
  public SnapshotUses(
      VmRows vms, SnapshotRows snapshots, SnapshotStore files, RandomGenerator random) {
    this.vms = vms;
    this.snapshots = snapshots;
    this.files = files;
    this.random = random;
  }

  /** Keeps a snapshot from being removed, until it is closed. */
  public final class Hold implements AutoCloseable {
    private final SnapshotKey key;
    private final String what;

    private Hold(SnapshotKey key, String what) {
      this.key = key;
      this.what = what;
    }

    @Override
    public void close() {
      synchronized (SnapshotUses.this) {
        List<Hold> all = holds.get(key);
        if (all != null && all.remove(this) && all.isEmpty()) {
          holds.remove(key);
        }
      }
    }
  }

  /**
   * Holds a whole snapshot, and sees to it that it lies in a folder of its own: one that an earlier
   * version took is moved out of its VM's folder.
   *
   * @param what holds it, for people, like {@code an export}
   * @throws Refused when there is no such snapshot, or it is not whole
   */
  public synchronized Hold hold(String owner, String name, String what) {
    snapshots.folder(owner, name); // Refuses one that is not whole.
    SnapshotRow row = snapshots.find(owner, name).orElseThrow(() -> SnapshotRows.unknown(name));
    if (row.place() == null) {
      moveOut(row);
    }
    return holding(row, what);
  }

  /** Holds a snapshot as it is, also one that is being written. */
  public synchronized Hold holding(SnapshotRow row, String what) {
    var hold = new Hold(SnapshotKey.of(row), what);
    holds.computeIfAbsent(hold.key, _ -> new ArrayList<>()).add(hold);
    return hold;
  }

  /**
   * The row first: where the files are not there yet, {@code recover} of the next daemon moves
   * them.
   */
  private void moveOut(SnapshotRow row) {
    if (!files.canMoveOut()) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot "
                  + row.id()
                  + " was taken by an earlier version, and lies with its VM on another file system"
                  + " than the snapshots of this one: it goes with its VM.",
              Advice.words("Take another one.")));
    }
    SnapshotPlace place = SnapshotPlace.random(random);
    Path to = files.folder(place);
    snapshots.moved(row.owner(), row.id(), place, to);
    files.moveOut(row.path(), to);
  }

  /**
   * Records that a snapshot is being removed, unless something uses it.
   *
   * @param gone a VM that counts no more, since it is about to be recorded as destroyed
   * @return its users; none when it is being removed
   */
  public synchronized List<SnapshotUser> startRemoving(SnapshotRow row, @Nullable VmId gone) {
    List<SnapshotUser> users = users(row, needs(gone));
    if (users.isEmpty()) {
      snapshots.removing(row.owner(), row.id());
    }
    return users;
  }

  /**
   * Does something to a snapshot from which nothing starts, and nothing begins to meanwhile; what
   * uses its disk alone does not count.
   *
   * @return whether it was done
   */
  public synchronized boolean unlessStarted(SnapshotRow row, Runnable work) {
    SnapshotKey key = SnapshotKey.of(row);
    if (holds.containsKey(key) || needs(null).byName.containsKey(key)) {
      return false;
    }
    work.run();
    return true;
  }

  /** Refuses while something uses the snapshot, and names it. */
  public static Refused inUse(SnapshotRow row, List<SnapshotUser> users) {
    return new Refused(
        new Refusal.Conflict(
            "The snapshot "
                + row.id()
                + " is in use by "
                + users.stream().map(SnapshotUser::words).collect(Collectors.joining(", "))
                + ".",
            Advice.words("Remove those first, or wait until they are done.")));
  }

  /** What uses a snapshot now. */
  public synchronized List<SnapshotUser> of(SnapshotRow row) {
    return users(row, needs(null));
  }

  /** What uses each of these, in their order. */
  public synchronized Map<SnapshotRow, List<SnapshotUser>> of(List<SnapshotRow> rows) {
    Needs needs = needs(null);
    var all = new LinkedHashMap<SnapshotRow, List<SnapshotUser>>();
    rows.forEach(row -> all.put(row, users(row, needs)));
    return all;
  }

  /** Who needs which snapshots: VMs by name and by the folder under their disks, and children. */
  private record Needs(
      Map<SnapshotKey, Set<VmId>> byName,
      Map<Path, Set<VmId>> byFolder,
      Map<SnapshotKey, Set<String>> children) {}

  private Needs needs(@Nullable VmId gone) {
    var needs = new Needs(new HashMap<>(), new HashMap<>(), new HashMap<>());
    for (VmRow vm : vms.list(false)) {
      if (!vm.id().equals(gone)) {
        for (String name : names(vm)) {
          needs
              .byName
              .computeIfAbsent(new SnapshotKey(vm.owner(), name), _ -> new HashSet<>())
              .add(vm.id());
        }
        for (Path folder : files.belowAll(vm.id())) {
          needs.byFolder.computeIfAbsent(folder, _ -> new HashSet<>()).add(vm.id());
        }
      }
    }
    for (SnapshotRow child : snapshots.list()) {
      String parent = child.parent();
      if (parent != null) {
        needs
            .children
            .computeIfAbsent(new SnapshotKey(child.owner(), parent), _ -> new HashSet<>())
            .add(child.id());
      }
    }
    return needs;
  }

  /** The snapshots of its owner that a VM names. */
  private static Set<String> names(VmRow vm) {
    var names = new HashSet<String>();
    VmWork work = VmWork.of(vm);
    origin(work.spec().origin(), vm.state() == VmState.CREATING).ifPresent(names::add);
    // Its old disk comes back if the rebuild fails.
    work.rebuild()
        .filter(Rebuild::underWay)
        .flatMap(rebuild -> origin(rebuild.before().origin(), false))
        .ifPresent(names::add);
    if (vm.restoring() != null) {
      names.add(Objects.requireNonNull(vm.restoring()));
    }
    return names;
  }

  /**
   * The snapshot that a VM of this origin needs.
   *
   * @param isCreating a copy is made while it is created, and needs its snapshot no longer
   */
  private static Optional<String> origin(Origin origin, boolean isCreating) {
    return switch (origin) {
      case FromImage _, FromDisk _ -> Optional.empty();
      case FromSnapshot from -> isCreating ? Optional.of(from.snapshot()) : Optional.empty();
      case Clone from -> isCreating ? Optional.of(from.snapshot()) : Optional.empty();
    };
  }

  private List<SnapshotUser> users(SnapshotRow row, Needs needs) {
    var found = new TreeMap<String, SnapshotUser>();
    SnapshotKey key = SnapshotKey.of(row);
    var ofVms = new HashSet<>(needs.byName.getOrDefault(key, Set.of()));
    ofVms.addAll(needs.byFolder.getOrDefault(row.path(), Set.of()));
    ofVms.forEach(vm -> add(found, new SnapshotUser(SnapshotUser.Kind.VM, vm.value())));
    needs
        .children
        .getOrDefault(key, Set.of())
        .forEach(child -> add(found, new SnapshotUser(SnapshotUser.Kind.SNAPSHOT, child)));
    holds
        .getOrDefault(key, List.of())
        .forEach(hold -> add(found, new SnapshotUser(SnapshotUser.Kind.WORK, hold.what)));
    return List.copyOf(found.values());
  }

  private static void add(Map<String, SnapshotUser> found, SnapshotUser user) {
    found.put(user.words(), user);
  }
}

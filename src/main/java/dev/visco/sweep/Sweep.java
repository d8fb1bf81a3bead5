package dev.visco.sweep;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.image.ImageLeftover;
import dev.visco.image.Images;
import dev.visco.model.SlotIndex;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.network.KernelObject;
import dev.visco.network.Networks;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds processes, folders and kernel objects that Visco made on this host, and removes orphans:
 * those that have this installation's prefix but belong to no row. What lacks the prefix is foreign
 * and never touched. An orphan's processes and kernel objects are removed at once, and so is its
 * folder, unless it holds a disk or snapshots that no row has released: such a folder is moved
 * aside ({@link LostFolders}). Safe while VMs are created and destroyed: a row exists before
 * anything is made for it, and rows are read after everything else.
 */
public final class Sweep implements SweepService {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Pattern VM = Pattern.compile("vm-[0-9a-f]{8}");
  private static final Pattern VOLUME = Pattern.compile("vol-[0-9a-f]{8}\\.img");
  private final Host host;
  private final Networks networks;
  private final Vmms vmms;
  private final VmRows rows;
  private final SlotRows slots;
  private final VolumeRows volumes;
  private final SnapshotRows snapshots;
  private final Images images;
  private final LostFolders lost;
  private final Path vms;
  private final Path volumeFolder;
  private final Path snapshotFolder;

  /**
   * @param vms the folder that holds each VM's folder
   * @param volumeFolder the folder with the files of volumes, which need not be there
   * @param snapshotFolder the folder that holds each snapshot's folder, likewise
   */
  public Sweep(
      Host host,
      Networks networks,
      Vmms vmms,
      VmRows rows,
      SlotRows slots,
      VolumeRows volumes,
      SnapshotRows snapshots,
      Images images,
      LostFolders lost,
      Path vms,
      Path volumeFolder,
      Path snapshotFolder) {
    this.host = host;
    this.networks = networks;
    this.vmms = vmms;
    this.rows = rows;
    this.slots = slots;
    this.volumes = volumes;
    this.snapshots = snapshots;
    this.images = images;
    this.lost = lost;
    this.vms = vms;
    this.volumeFolder = volumeFolder;
    this.snapshotFolder = snapshotFolder;
  }

  /** Whether something belongs to a row, to none, or not to this installation. */
  public enum Owner {
    OWNED,
    ORPHAN,
    FOREIGN
  }

  /**
   * Something that was found.
   *
   * @param kind process, folder, volume, snapshot, image, namespace, link, table or route
   * @param why why it has this owner, for people
   */
  public record SweepFinding(String kind, String name, Owner owner, String why) {}

  /**
   * Something that was found, before the rows are read.
   *
   * @param vm the VM in its name, or null
   * @param slot the slot in its name, or null
   * @param otherwise why it has its owner, when its name has neither
   */
  private record SweepCandidate(
      String kind,
      String name,
      @Nullable VmId vm,
      @Nullable SlotIndex slot,
      Owner owner,
      String otherwise) {
    static SweepCandidate of(String kind, String name, VmId vm) {
      return new SweepCandidate(kind, name, vm, null, Owner.ORPHAN, "");
    }

    static SweepCandidate foreign(String kind, String name, String why) {
      return new SweepCandidate(kind, name, null, null, Owner.FOREIGN, why);
    }

    SweepFinding judged(Set<VmId> known, Set<SlotIndex> used) {
      if (vm == null && slot == null) {
        return new SweepFinding(kind, name, owner, otherwise);
      }
      String whose = vm == null ? "slot " + slot : "VM " + vm;
      boolean isOwned = vm == null ? used.contains(slot) : known.contains(vm);
      return new SweepFinding(
          kind,
          name,
          isOwned ? Owner.OWNED : Owner.ORPHAN,
          isOwned ? whose : "no row for " + whose);
    }
  }

  /** Everything that was found; removes nothing. */
  @Override
  public List<SweepFinding> plan() {
    List<SweepCandidate> seen = candidates();
    Set<VmId> known = known();
    Set<SlotIndex> used = used();
    var found = new ArrayList<>(seen.stream().map(thing -> thing.judged(known, used)).toList());
    images.leftovers().forEach(left -> found.add(image(left)));
    return found;
  }

  private Set<VmId> known() {
    return rows.list(false).stream().map(VmRow::id).collect(Collectors.toSet());
  }

  private Set<SlotIndex> used() {
    return new HashSet<>(slots.used());
  }

  private List<SweepCandidate> candidates() {
    var seen = new ArrayList<SweepCandidate>();
    processes(seen);
    folders(seen);
    volumes(seen);
    snapshots(seen);
    objects(seen);
    return seen;
  }

  private void processes(List<SweepCandidate> seen) {
    // In this order: one of our machines that starts meanwhile must not be taken for a foreign one.
    List<RunningProcess> all = host.processes();
    Map<VmId, ProcessRef> running = vmms.running(networks.installation());
    running.forEach(
        (id, process) -> seen.add(SweepCandidate.of("process", process.pid() + " of " + id, id)));
    for (RunningProcess process : all) {
      // One that has ended since may have been one of ours.
      if (!running.containsValue(process.ref()) && host.isAlive(process.ref())) {
        other(process).ifPresent(seen::add);
      }
    }
  }

  private Optional<SweepCandidate> other(RunningProcess process) {
    String pid = process.ref().pid() + " ";
    Optional<VmId> worksFor = worksFor(process);
    if (worksFor.isPresent()) {
      return worksFor.map(id -> SweepCandidate.of("process", pid + "for " + id, id));
    }
    return vmms.nameOf(process)
        .map(name -> SweepCandidate.foreign("process", pid + name, "not of this installation"));
  }

  /** The VM in whose run folder this process works: the logger of its console, not its VMM. */
  private Optional<VmId> worksFor(RunningProcess process) {
    if (!process.mayBeOf(networks.installation())) {
      return Optional.empty();
    }
    for (String argument : process.arguments()) {
      if (argument.startsWith(vms + "/")) {
        String[] below = argument.substring(vms.toString().length() + 1).split("/", -1);
        if (below.length == 3 && VM.matcher(below[0]).matches() && below[1].equals("run")) {
          return Optional.of(new VmId(below[0]));
        }
      }
    }
    return Optional.empty();
  }

  private void folders(List<SweepCandidate> seen) {
    if (!Files.isDirectory(vms)) {
      return;
    }
    try (var folders = Files.newDirectoryStream(vms)) {
      for (Path folder : folders) {
        String name = folder.getFileName().toString();
        if (name.equals(LostFolders.NAME)) {
          putAside(seen);
          continue;
        }
        seen.add(
            VM.matcher(name).matches()
                ? SweepCandidate.of("folder", name, new VmId(name))
                : SweepCandidate.foreign("folder", name, "no VM is called so"));
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + vms, e);
    }
  }

  /**
   * The files of volumes, which are never swept: one without a row may be all that is left of what
   * somebody wrote, and one that is half written may be an import that is under way.
   */
  private void volumes(List<SweepCandidate> seen) {
    if (!Files.isDirectory(volumeFolder)) {
      return;
    }
    var names = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(volumeFolder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    } catch (IOException e) {
      throw new HostFault("cannot read " + volumeFolder + ": " + HostFault.words(e), e);
    }
    names.sort(null);
    Map<String, VolumeRow> known =
        volumes.list(null).stream().collect(Collectors.toMap(row -> row.id() + ".img", row -> row));
    for (String name : names) {
      seen.add(volume(name, known.get(name)));
    }
  }

  private static SweepCandidate volume(String name, @Nullable VolumeRow row) {
    if (row != null) {
      return owned("volume", name, "volume " + row.name() + " of " + row.owner());
    }
    if (VOLUME.matcher(name).matches()) {
      return owned(
          "volume", name, "no row knows it; it is kept until somebody imports and deletes it");
    }
    return DurableFiles.halfOf(name).isPresent()
        ? owned(
            "volume", name, "half written; unless somebody is at it, it goes with the next start")
        : SweepCandidate.foreign("volume", name, "no volume is called so");
  }

  /**
   * The folders of snapshots, which are not swept either: the next start of the daemon puts aside
   * those that no row knows.
   */
  private void snapshots(List<SweepCandidate> seen) {
    if (!Files.isDirectory(snapshotFolder)) {
      return;
    }
    var names = new ArrayList<String>();
    try (var folders = Files.newDirectoryStream(snapshotFolder)) {
      folders.forEach(folder -> names.add(folder.getFileName().toString()));
    } catch (IOException e) {
      throw new HostFault("cannot read " + snapshotFolder + ": " + HostFault.words(e), e);
    }
    names.sort(null);
    names.remove(LostFolders.NAME);
    Map<String, SnapshotRow> known =
        snapshots.list().stream()
            .filter(row -> row.place() != null)
            .collect(Collectors.toMap(row -> row.place() + "", row -> row));
    names.forEach(name -> seen.add(snapshot(name, known.get(name))));
  }

  private static SweepCandidate snapshot(String name, @Nullable SnapshotRow row) {
    if (row != null) {
      return owned("snapshot", name, "snapshot " + row.id() + " of " + row.owner());
    }
    if (SnapshotPlace.isOne(name)) {
      return owned("snapshot", name, "no row knows it; the next start puts it aside");
    }
    return name.startsWith(".") && SnapshotPlace.isOne(name.substring(1))
        ? owned("snapshot", name, "is being removed; what is left goes with the next start")
        : SweepCandidate.foreign("snapshot", name, "no snapshot is called so");
  }

  private static SweepFinding image(ImageLeftover left) {
    return new SweepFinding(
        "image", left.name(), left.isOrphan() ? Owner.ORPHAN : Owner.OWNED, left.why());
  }

  /**
   * Removes what was left of images that were being made; a failure is logged and hinders nothing.
   */
  private List<SweepFinding> imagesRemoved() {
    try {
      return images.removeLeftovers().stream().map(Sweep::image).toList();
    } catch (RuntimeException e) {
      LOG.error("what is left of images that were being made could not be swept", e);
      return List.of();
    }
  }

  private static SweepCandidate owned(String kind, String name, String why) {
    return new SweepCandidate(kind, name, null, null, Owner.OWNED, why);
  }

  private void putAside(List<SweepCandidate> seen) {
    for (Path one : lost.all()) {
      Instant end = lost.end(one);
      seen.add(
          new SweepCandidate(
              "folder",
              LostFolders.shown(one),
              null,
              null,
              Owner.OWNED,
              "put aside, " + (end.equals(Instant.MAX) ? "kept for good" : "kept until " + end)));
    }
  }

  private void objects(List<SweepCandidate> seen) {
    for (KernelObject object : networks.objects()) {
      seen.add(
          object.ours()
              ? new SweepCandidate(
                  object.kind(), object.name(), null, object.slot(), Owner.OWNED, "the host's side")
              : SweepCandidate.foreign(object.kind(), object.name(), "another installation's"));
    }
  }

  /**
   * Removes the orphans.
   *
   * @return those that were removed; one that could not be removed is logged and stays an orphan
   */
  @Override
  public synchronized List<SweepFinding> run() {
    List<SweepCandidate> seen = candidates();
    Set<VmId> known = known();
    Set<SlotIndex> used = used();
    var tried = new HashSet<Object>();
    var gone = new HashSet<Object>();
    var removed = new ArrayList<SweepFinding>();
    for (SweepCandidate thing : seen) {
      SweepFinding found = thing.judged(known, used);
      if (found.owner() != Owner.ORPHAN) {
        continue;
      }
      Object owner = thing.vm() == null ? thing.slot() : thing.vm();
      if (owner != null && tried.add(owner) && isRemoved(thing)) {
        gone.add(owner);
      }
      if (gone.contains(owner)) {
        LOG.info("swept {} {}: {}", found.kind(), found.name(), found.why());
        removed.add(found);
      }
    }
    for (SweepFinding image : imagesRemoved()) {
      LOG.info("swept {}: {}", image.name(), image.why());
      removed.add(image);
    }
    return removed;
  }

  /** Removes everything of its VM or slot; false when that failed, or it has a row by now. */
  private boolean isRemoved(SweepCandidate orphan) {
    try {
      if (orphan.vm() != null) {
        Path folder = vms.resolve(orphan.vm().value());
        vmms.end(networks.installation(), orphan.vm(), folder, GRACE);
        remove(orphan.vm(), folder);
        return true;
      }
      return orphan.slot() != null && isClosed(orphan.slot());
    } catch (RuntimeException e) {
      LOG.error("{} {} could not be swept; it is left", orphan.kind(), orphan.name(), e);
      return false;
    }
  }

  /** Removes the folder, or moves it aside when it holds data and its VM never had a row. */
  private void remove(VmId vm, Path folder) {
    if (rows.find(vm).isEmpty() && LostFolders.holdsData(folder)) {
      lost.keepVm(vm, folder);
      return;
    }
    DurableFiles.deleteTree(folder);
  }

  /** Closes a slot, which must not be taken meanwhile; false when it is in use. */
  private boolean isClosed(SlotIndex slot) {
    if (!slots.startSweeping(slot)) {
      return false;
    }
    try {
      networks.close(slot);
      return true;
    } finally {
      slots.prepared(slot, false);
    }
  }
}

package dev.visco.lifecycle.boot;

import dev.visco.host.DataFolders;
import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.image.Disks;
import dev.visco.image.QcowHeader;
import dev.visco.lifecycle.CloneCosts;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.model.CloneDisk;
import dev.visco.model.Digest;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SnapshotParts.SnapshotPart;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of snapshots: the folder {@code machine}, which the VMM writes and reads, and the root
 * disk. They lie in a folder of the snapshot's own, {@code PLACE} below that of all snapshots;
 * memories of suspended VMs, and snapshots of earlier versions, in {@code VM/snapshots/NAME} below
 * the folder of all VMs, so that they are removed with their VM. Before a snapshot is removed its
 * folder is renamed to begin with a dot, so that a half removed one never has a snapshot's name.
 */
public final class SnapshotFiles implements SnapshotStore, CloneCosts {
  private static final int ROOT = 0;
  private static final String MACHINE = "machine";
  private static final String MACHINE_LIST = MACHINE + "/" + SnapshotParts.LIST;

  /** For what a VMM writes besides the guest's memory. */
  private static final long SPARE_MIB = 64;

  private final Path vms;
  private final Path snapshots;
  private final Disks disks;
  private final DiskRoom roomOfVms;
  private final DiskRoom room;

  /**
   * @param vms the folder that holds each VM's folder
   * @param snapshots the folder that holds each snapshot's folder; it need not be there
   * @param roomOfVms of the file system of the VMs
   * @param room of the file system of the snapshots
   */
  public SnapshotFiles(Path vms, Path snapshots, Disks disks, DiskRoom roomOfVms, DiskRoom room) {
    this.vms = vms;
    this.snapshots = snapshots;
    this.disks = disks;
    this.roomOfVms = roomOfVms;
    this.room = room;
  }

  @Override
  public Path folder(SnapshotPlace place) {
    return snapshots.resolve(place.value());
  }

  /** The folder with the VMM's files. */
  static Path machine(Path files) {
    return files.resolve(MACHINE);
  }

  /**
   * See {@link Machines#prepareSnapshot}.
   *
   * @param memoryMib of its machine; 0 for a snapshot of the disk alone
   * @param guest how its guest is reached; null for a snapshot of the disk alone
   */
  void prepare(int memoryMib, @Nullable SnapshotGuest guest, Path vmFolder, Path files) {
    try {
      DurableFiles.deleteTree(files);
      room.require(
          memoryMib + Disks.takenMib(Disks.root(vmFolder).file()) + SPARE_MIB, "this snapshot");
      makeFolders(files);
      disks.beginCopyOfRoot(vmFolder, files);
      if (guest != null) {
        guest.write(files);
      }
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  /** See {@link Machines#snapshot}. */
  void write(MachineHandle machine, Path vmFolder, Path files) {
    machine.snapshot(machine(files));
    writeDisk(vmFolder, files);
  }

  /** See {@link Machines#snapshotDisk}. */
  void writeDisk(Path vmFolder, Path files) {
    try {
      disks.endCopyOfRoot(vmFolder, files, ROOT);
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  /**
   * Whether there is memory beside the disk, as the lists tell; of a snapshot of an early version,
   * which has none, there is.
   */
  static boolean hasMemory(Path files) {
    return !SnapshotParts.isListed(files)
        || SnapshotParts.parts(files).stream().anyMatch(part -> part.name().equals(MACHINE_LIST));
  }

  /** See {@link Machines#saveMemory}. */
  void writeMemory(MachineHandle machine, int memoryMib, Path files) {
    try {
      DurableFiles.deleteTree(files);
      roomOfVms.require(memoryMib + SPARE_MIB, "the memory of this VM");
      makeFolders(files);
      machine.snapshot(machine(files));
    } catch (IOException e) {
      throw new HostFault("cannot write the memory " + files + ": " + e.getMessage(), e);
    }
  }

  /**
   * What a VMM restores from is linked into its jail, or read for it. A layer over the disk is
   * opened by the VMM of its VM itself: to a snapshot's own folder VMMs have passage, which helps
   * only who knows its name.
   */
  private void makeFolders(Path files) throws IOException {
    Path parent = Objects.requireNonNull(files.getParent());
    for (Path made : new Path[] {parent, files}) {
      if (parent.equals(snapshots)) {
        DataFolders.forVmms(made);
      } else {
        DataFolders.closed(made);
      }
    }
    DataFolders.closed(machine(files));
  }

  @Override
  public SealedSnapshot seal(Path files) {
    Path machine = machine(files);
    var parts = new ArrayList<String>();
    // Of a disk alone there is no memory.
    boolean hasMemory = !SnapshotParts.names(machine).isEmpty();
    if (hasMemory) {
      SnapshotParts.write(machine, SnapshotParts.names(machine));
    }
    // Of a suspended VM there is the memory alone.
    for (String name : List.of(diskName(files), SnapshotGuest.FILE)) {
      if (Files.exists(files.resolve(name))) {
        parts.add(name);
      }
    }
    if (hasMemory) {
      parts.add(MACHINE_LIST);
    }
    Digest digest = SnapshotParts.write(files, parts);
    try {
      long bytes = (hasMemory ? sync(machine) : 0) + sync(files);
      DurableFiles.syncFolder(Objects.requireNonNull(files.getParent()));
      return new SealedSnapshot(bytes, digest);
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  @Override
  public DiskCost fromSnapshot(Path files) {
    return cost(files, snapshots, Disks.takenMib(disk(files)));
  }

  @Override
  public DiskCost fromVm(VmId vm) {
    Path folder = vms.resolve(vm.value());
    long taken = disks.sharesBlocks(vms, snapshots) ? 0 : Disks.takenMib(disk(folder));
    return cost(folder, vms, taken);
  }

  /** A fork's snapshot has a disk like its VM's. */
  private DiskCost cost(Path folder, Path in, long snapshotMib) {
    if (Disks.isLayered(folder)) {
      return new DiskCost(CloneDisk.LAYER, 0, snapshotMib);
    }
    return disks.sharesBlocks(in, vms)
        ? new DiskCost(CloneDisk.SHARED, 0, snapshotMib)
        : new DiskCost(CloneDisk.COPY, Disks.takenMib(disk(folder)), snapshotMib);
  }

  @Override
  public long freeMib() {
    return Math.max(0, roomOfVms.free() - roomOfVms.reserve()) >> 20;
  }

  @Override
  public void requireRoom(long snapshotMib, long diskMib) {
    if (snapshotMib > 0) {
      room.require(snapshotMib + SPARE_MIB, "this snapshot");
    }
    roomOfVms.require(diskMib + (canMoveOut() ? snapshotMib : 0), "these VMs");
  }

  @Override
  public SealedSnapshot withoutMemory(Path files) {
    long bytes = 0;
    for (SnapshotPart part : SnapshotParts.parts(files)) {
      bytes += part.name().equals(MACHINE_LIST) ? 0 : part.bytes();
    }
    return new SealedSnapshot(bytes, SnapshotParts.without(files, MACHINE_LIST));
  }

  @Override
  public void dropMemory(Path files) {
    if (!hasMemory(files) && SnapshotParts.names(machine(files)).isEmpty()) {
      return;
    }
    SnapshotParts.remove(files, MACHINE_LIST);
    DurableFiles.deleteTree(machine(files));
    try {
      DataFolders.closed(machine(files));
    } catch (IOException e) {
      throw new HostFault("cannot make " + machine(files) + ": " + HostFault.words(e), e);
    }
  }

  private static String diskName(Path files) {
    return Disks.root(files).file().getFileName().toString();
  }

  /**
   * Refuses a snapshot whose disk cannot be restored: the copy is missing, truncated or changed, or
   * there is no room for it besides the present disk, which is kept until the restore is verified.
   * The VMM checks its own files.
   *
   * @param digest the digest that {@link #seal} returned; null for a snapshot of an older version,
   *     of which only the sizes can be checked
   */
  public void requireRestorable(Path files, @Nullable Digest digest) {
    if (digest != null) {
      requireWhole(files, digest);
    }
    Path disk = Disks.root(files).file();
    parents(disk).forEach(SnapshotParts::require);
    try {
      if (!Files.isRegularFile(disk) || Files.size(disk) == 0) {
        throw new HostFault("the snapshot is incomplete: there is no disk " + disk);
      }
      roomOfVms.require(Disks.takenMib(disk) + SPARE_MIB, "restoring this snapshot");
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + e.getMessage(), e);
    }
  }

  /** Makes the folder of a snapshot that comes from elsewhere, after a look at the room for it. */
  public void makeFor(Path files, long mib) {
    room.require(mib + SPARE_MIB, "this snapshot");
    try {
      makeFolders(files);
    } catch (IOException e) {
      throw new HostFault("cannot make " + files + ": " + HostFault.words(e), e);
    }
  }

  /** What the file system of the snapshots has, in MiB. */
  public long roomMib() {
    return room.total() >> 20;
  }

  /**
   * Where a snapshot's disk lies over those of its parents, a copy of it that lies over the image
   * alone, with all that it has of them. The caller removes it.
   *
   * @return null where the disk itself is such a one
   */
  public @Nullable Path wholeDisk(Path files) {
    Path disk = disk(files);
    List<Path> chain = QcowHeader.chain(disk);
    if (chain.size() < 2) {
      return null;
    }
    long mib = Disks.takenMib(disk);
    for (Path parent : chain.subList(0, chain.size() - 1)) {
      mib += Disks.takenMib(parent);
    }
    room.require(mib + SPARE_MIB, "a copy of this snapshot's disk");
    Path copy = DurableFiles.half(disk);
    try {
      disks.copyWhole(disk, copy);
      return copy;
    } catch (RuntimeException | Error e) {
      DurableFiles.deleteTree(copy);
      throw e;
    }
  }

  /** Names the image's disk on this host as the one that a snapshot's disk lies over. */
  public void layOver(Path files, Path image) {
    disks.layOver(disk(files), image);
  }

  /** A snapshot's root disk. */
  public static Path disk(Path files) {
    return Disks.root(files).file();
  }

  /** All files that the lists of a snapshot name, relative to its folder, in their order. */
  public static List<SnapshotPart> parts(Path files) {
    var parts = new ArrayList<SnapshotPart>();
    for (SnapshotPart part : SnapshotParts.parts(files)) {
      parts.add(part);
      if (part.name().equals(MACHINE_LIST)) {
        for (SnapshotPart inner : SnapshotParts.parts(machine(files))) {
          parts.add(new SnapshotPart(MACHINE + "/" + inner.name(), inner.bytes(), inner.digest()));
        }
      }
    }
    return parts;
  }

  /**
   * Reads all of a snapshot.
   *
   * @param digest the digest that {@link #seal} returned
   * @return what is wrong with each damaged file; none for a whole snapshot
   */
  public static List<String> damage(Path files, Digest digest) {
    var damage = new ArrayList<>(SnapshotParts.damage(files));
    if (SnapshotParts.isListed(machine(files))) {
      damage.addAll(SnapshotParts.damage(machine(files)));
    }
    if (damage.isEmpty()) {
      parents(disk(files)).forEach(parent -> damage.addAll(SnapshotParts.damage(parent)));
    }
    if (damage.isEmpty() && !SnapshotParts.require(files).equals(digest)) {
      damage.add("the snapshot is damaged: " + files + " is another one's");
    }
    return damage;
  }

  /** Refuses files of which one is missing, cut or changed, or that are another snapshot's. */
  static void requireWhole(Path files, Digest digest) {
    if (!SnapshotParts.require(files).equals(digest)) {
      throw new HostFault("the snapshot is damaged: " + files + " is another one's");
    }
  }

  /**
   * Syncs a folder with the files of its list, and the list; returns the size of the files
   * together. What else is there is written by others meanwhile: rows and keys.
   */
  private static long sync(Path folder) throws IOException {
    long bytes = 0;
    var names = new ArrayList<String>();
    SnapshotParts.parts(folder).forEach(part -> names.add(part.name()));
    names.add(SnapshotParts.LIST);
    for (String name : names) {
      Path entry = folder.resolve(name);
      if (Objects.requireNonNull(entry.getParent()).equals(folder)) {
        try (FileChannel channel = FileChannel.open(entry, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
        bytes += Files.size(entry);
      }
    }
    DurableFiles.syncFolder(folder);
    return bytes;
  }

  @Override
  public void remove(Path files) {
    String name = files.getFileName().toString();
    if (name.startsWith(".")) {
      DurableFiles.deleteTree(files);
      return;
    }
    Path gone = files.resolveSibling("." + name);
    DurableFiles.deleteTree(gone);
    try {
      if (Files.exists(files)) {
        Files.move(files, gone, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncFolder(Objects.requireNonNull(files.getParent()));
      }
    } catch (IOException e) {
      throw new HostFault("cannot remove the snapshot " + files + ": " + e.getMessage(), e);
    }
    DurableFiles.deleteTree(gone);
  }

  @Override
  public Set<Path> all() {
    var found = new HashSet<Path>();
    for (Path vm : list(vms)) {
      found.addAll(list(vm.resolve("snapshots")));
    }
    // The other entry is the folder of those that no row knew.
    list(snapshots).stream()
        .filter(folder -> isSnapshots(folder.getFileName().toString()))
        .forEach(found::add);
    return found;
  }

  private static boolean isSnapshots(String name) {
    return SnapshotPlace.isOne(name.startsWith(".") ? name.substring(1) : name);
  }

  @Override
  public Optional<Path> below(VmId vm) {
    return below(Disks.root(vms.resolve(vm.value())).file());
  }

  @Override
  public Set<Path> belowAll(VmId vm) {
    var found = new HashSet<Path>();
    for (Path file : list(vms.resolve(vm.value()))) {
      if (isRoot(file.getFileName().toString()) && Files.isRegularFile(file)) {
        below(file).ifPresent(found::add);
      }
    }
    return found;
  }

  /** A root disk, one that was put aside or compressed, and half of one. */
  private static boolean isRoot(String name) {
    return name.startsWith("root.") || name.startsWith(".root.");
  }

  /** Empty for a disk over an image, or of its own. */
  private Optional<Path> below(Path disk) {
    return QcowHeader.below(disk)
        .map(file -> Objects.requireNonNull(file.getParent()))
        .filter(folder -> snapshots.equals(folder.getParent()));
  }

  /** The folders of the snapshots over whose disks a disk lies, the nearest first. */
  private static List<Path> parents(Path disk) {
    return QcowHeader.chain(disk).stream()
        .map(file -> Objects.requireNonNull(file.getParent()))
        .filter(folder -> SnapshotPlace.isOne(folder.getFileName().toString()))
        .filter(SnapshotParts::isListed)
        .toList();
  }

  @Override
  public boolean canMoveOut() {
    return room.isSameAs(roomOfVms);
  }

  @Override
  public void moveOut(Path from, Path to) {
    try {
      if (Files.exists(to)) {
        return;
      }
      DataFolders.forVmms(Objects.requireNonNull(to.getParent()));
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      DataFolders.forVmms(to);
      DurableFiles.syncFolder(Objects.requireNonNull(from.getParent()));
      DurableFiles.syncFolder(Objects.requireNonNull(to.getParent()));
    } catch (IOException e) {
      throw new HostFault("cannot move " + from + " to " + to + ": " + HostFault.words(e), e);
    }
  }

  private static Set<Path> list(Path folder) {
    var found = new HashSet<Path>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
      }
    }
    return found;
  }
}

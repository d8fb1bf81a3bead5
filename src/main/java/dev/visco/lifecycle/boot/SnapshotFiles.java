package dev.visco.lifecycle.boot;

import dev.visco.host.DataFolders;
import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.image.Disks;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.SnapshotStore;
import dev.visco.model.Digest;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.SnapshotParts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of snapshots, in {@code VM/snapshots/NAME} below the folder of all VMs, so that they
 * are removed with their VM: the folder {@code machine}, which the VMM writes and reads, and the
 * root disk. Before a snapshot is removed its folder is renamed to begin with a dot, so that a half
 * removed one never has a snapshot's name.
 */
public final class SnapshotFiles implements SnapshotStore {
  private static final int ROOT = 0;
  private static final String MACHINE = "machine";
  private static final String MACHINE_LIST = MACHINE + "/" + SnapshotParts.LIST;

  /** For what a VMM writes besides the guest's memory. */
  private static final long SPARE_MIB = 64;

  private final Path vms;
  private final Disks disks;
  private final DiskRoom room;

  /**
   * @param room of the file system in which they lie
   */
  public SnapshotFiles(Path vms, Disks disks, DiskRoom room) {
    this.vms = vms;
    this.disks = disks;
    this.room = room;
  }

  /** The folder with the VMM's files. */
  static Path machine(Path files) {
    return files.resolve(MACHINE);
  }

  /** See {@link Machines#snapshot}. */
  void write(MachineHandle machine, int memoryMib, Path vmFolder, Path files) {
    try {
      DurableFiles.deleteTree(files);
      room.require(
          memoryMib + disks.takenMib(Disks.root(vmFolder).file()) + SPARE_MIB, "this snapshot");
      makeFolders(files);
      machine.snapshot(machine(files));
      disks.copyRoot(vmFolder, files, ROOT);
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  /** See {@link Machines#saveMemory}. */
  void writeMemory(MachineHandle machine, int memoryMib, Path files) {
    try {
      DurableFiles.deleteTree(files);
      room.require(memoryMib + SPARE_MIB, "the memory of this VM");
      makeFolders(files);
      machine.snapshot(machine(files));
    } catch (IOException e) {
      throw new HostFault("cannot write the memory " + files + ": " + e.getMessage(), e);
    }
  }

  /** What a VMM restores from is linked into its jail, or read for it. */
  private static void makeFolders(Path files) throws IOException {
    Path parent = Objects.requireNonNull(files.getParent());
    for (Path made : new Path[] {parent, files, machine(files)}) {
      DataFolders.closed(made);
    }
  }

  @Override
  public SealedSnapshot seal(Path files) {
    Path machine = machine(files);
    SnapshotParts.write(machine, SnapshotParts.names(machine));
    // Of a suspended VM there is the memory alone.
    boolean hasDisk = Files.exists(Disks.root(files).file());
    Digest digest =
        SnapshotParts.write(
            files, hasDisk ? List.of(disk(files), MACHINE_LIST) : List.of(MACHINE_LIST));
    try {
      long bytes = sync(files);
      DurableFiles.syncFolder(Objects.requireNonNull(files.getParent()));
      return new SealedSnapshot(bytes, digest);
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  private static String disk(Path files) {
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
    try {
      if (!Files.isRegularFile(disk) || Files.size(disk) == 0) {
        throw new HostFault("the snapshot is incomplete: there is no disk " + disk);
      }
      room.require(disks.takenMib(disk) + SPARE_MIB, "restoring this snapshot");
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + e.getMessage(), e);
    }
  }

  /** Refuses files of which one is missing, cut or changed, or that are another snapshot's. */
  static void requireWhole(Path files, Digest digest) {
    if (!SnapshotParts.require(files).equals(digest)) {
      throw new HostFault("the snapshot is damaged: " + files + " is another one's");
    }
  }

  /** Syncs every file and folder; returns the size of the files together. */
  private static long sync(Path folder) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry)) {
          bytes += sync(entry);
        } else if (Files.isRegularFile(entry)) {
          try (FileChannel channel = FileChannel.open(entry, StandardOpenOption.WRITE)) {
            channel.force(true);
          }
          bytes += Files.size(entry);
        }
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
    return found;
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

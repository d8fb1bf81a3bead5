package dev.visco.lifecycle;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.image.Disks;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vmm.MachineHandle;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * The files of snapshots: {@code VM/snapshots/NAME} in the folder of all VMs, so that they go with
 * their VM; in it {@code machine}, which the VMM writes and reads, and the root disk. A folder that
 * is about to go is first renamed to one that begins with a dot: no half of a snapshot bears its
 * name.
 */
final class SnapshotFiles {
  private static final int ROOT = 0;

  /** What a VMM writes beside the guest's memory. */
  private static final long SPARE_MIB = 64;

  private final Path vms;
  private final Disks disks;

  SnapshotFiles(Path vms, Disks disks) {
    this.vms = vms;
    this.disks = disks;
  }

  /** Where the VMM's own files are. */
  static Path machine(Path files) {
    return files.resolve("machine");
  }

  /** See {@link Machinery#snapshot}. */
  long write(MachineHandle machine, int memoryMib, Path vmFolder, Path files) {
    try {
      DurableFiles.deleteTree(files);
      requireRoom(vmFolder, memoryMib + disks.takenMib(Disks.root(vmFolder).file()) + SPARE_MIB);
      Path parent = Objects.requireNonNull(files.getParent());
      for (Path made : new Path[] {parent, files, machine(files)}) {
        DataFolders.closed(
            made); // What a VMM restores from is linked into its jail, or read for it.
      }
      machine.snapshot(machine(files));
      disks.copyRoot(vmFolder, files, ROOT);
      long bytes = sync(files);
      DurableFiles.syncFolder(parent);
      return bytes;
    } catch (IOException e) {
      throw new HostFault("cannot write the snapshot " + files + ": " + e.getMessage(), e);
    }
  }

  private static void requireRoom(Path folder, long neededMib) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace() >> 20;
    if (free < neededMib) {
      throw new Refused(
          new Refusal.HostLacks(
              "disk space",
              "The data folder has "
                  + free
                  + " MiB free, and this snapshot may take "
                  + neededMib
                  + " MiB.",
              "Free some: visco snapshot ls shows snapshots, visco ps --all failed VMs."));
    }
  }

  /** Every file and folder; gives what the files have together. */
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

  /** Safe to repeat. */
  void remove(Path files) {
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

  /** Every snapshot's folder, whole or not. */
  Set<Path> all() {
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

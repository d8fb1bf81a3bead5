package dev.visco.backup;

import dev.visco.host.SparseFile;
import dev.visco.image.QcowHeader;
import dev.visco.model.VmId;
import dev.visco.store.DataFolder;
import dev.visco.store.VmRow;
import dev.visco.store.VolumeRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The files and folders that a backup has, with their names in it. */
final class BackupEntries {
  /** What of a VM's folder is of its present machine, or of no use without it. */
  private static final Set<String> NOT_OF_A_VM = Set.of("run", "snapshots");

  private final Path data;
  private final Path configuration;

  /**
   * @param configuration the folder of {@code visco.toml}
   */
  BackupEntries(Path data, Path configuration) {
    this.data = data;
    this.configuration = configuration;
  }

  /** A file or folder of a backup. */
  record BackupEntry(String name, Path path) {
    boolean isDisk() {
      String file = path.getFileName().toString();
      return file.startsWith("root.") || name.startsWith("data/volumes/");
    }
  }

  private Path folder(VmId vm) {
    return data.resolve("vms").resolve(vm.value());
  }

  /** A volume's file. */
  Path file(VolumeRow volume) {
    return data.resolve("volumes").resolve(volume.id() + ".img");
  }

  BackupEntry of(VolumeRow volume) {
    return new BackupEntry("data/volumes/" + volume.id() + ".img", file(volume));
  }

  /** Whether it ever got one. */
  boolean hasDisk(VmId vm) {
    return Files.exists(folder(vm).resolve("root.raw"))
        || Files.exists(folder(vm).resolve("root.raw.packed"))
        || Files.exists(folder(vm).resolve("root.qcow2"));
  }

  /** All but the store, VMs and volumes; folders before what is in them. */
  List<BackupEntry> of(List<VmRow> vms, boolean hasVolumes) throws IOException {
    var entries = new ArrayList<BackupEntry>();
    for (String name : List.of("installation-id", "admin-token")) {
      addTree(entries, "data/" + name, data.resolve(name));
    }
    addTree(entries, "data/releases", data.resolve("releases"));
    for (String name : List.of("visco.toml", "types", "providers", "images")) {
      addTree(entries, "configuration/" + name, configuration.resolve(name));
    }
    if (!vms.isEmpty()) {
      entries.addAll(
          new BackupImages(data.resolve("images"))
              .of(new TreeSet<>(vms.stream().map(VmRow::image).toList())).stream()
                  .map(path -> new BackupEntry("data/" + data.relativize(path), path))
                  .toList());
      entries.add(new BackupEntry("data/vms", data.resolve("vms")));
    }
    if (hasVolumes) {
      entries.add(new BackupEntry("data/volumes", data.resolve("volumes")));
    }
    return entries;
  }

  /** Links lead elsewhere, and half-written files are nobody's. */
  private static void addTree(List<BackupEntry> entries, String name, Path path)
      throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        || path.getFileName().toString().startsWith(".")) {
      return;
    }
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      entries.add(new BackupEntry(name, path));
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      entries.add(new BackupEntry(name, path));
      try (var inside = Files.list(path)) {
        for (Path entry : inside.sorted().toList()) {
          addTree(entries, name + "/" + entry.getFileName(), entry);
        }
      }
    }
  }

  /** Everything of a VM. */
  List<BackupEntry> of(VmId vm) throws IOException {
    var entries = new ArrayList<BackupEntry>();
    String name = "data/vms/" + vm;
    entries.add(new BackupEntry(name, folder(vm)));
    try (var inside = Files.list(folder(vm))) {
      for (Path entry : inside.sorted().toList()) {
        String file = entry.getFileName().toString();
        if (!NOT_OF_A_VM.contains(file)) {
          addTree(entries, name + "/" + file, entry);
        }
      }
    }
    return entries;
  }

  /** Bytes that are no holes. */
  long bytes(List<BackupEntry> entries, List<VmRow> vms, List<VolumeRow> volumes)
      throws IOException {
    var all = new ArrayList<>(entries);
    for (VmRow vm : vms) {
      all.addAll(of(vm.id()));
    }
    volumes.forEach(volume -> all.add(of(volume)));
    long bytes = 0;
    for (BackupEntry entry : all) {
      if (Files.isRegularFile(entry.path(), LinkOption.NOFOLLOW_LINKS)) {
        bytes += data(entry.path());
        if (isClones(entry)) {
          List<Path> chain = QcowHeader.chain(entry.path());
          for (Path below : chain.subList(0, chain.size() - 1)) {
            bytes += data(below);
          }
        }
      }
    }
    return bytes;
  }

  private static long data(Path file) throws IOException {
    long bytes = 0;
    for (SparseFile.DataRange range : SparseFile.data(file)) {
      bytes += range.end() - range.start();
    }
    return bytes;
  }

  /**
   * Whether it is a VM's disk that lies over a snapshot's, also one that was put aside. Snapshots
   * are in no backup, so that the disk is written with all that it has of them.
   */
  boolean isClones(BackupEntry entry) {
    Path snapshots = data.resolve(DataFolder.SNAPSHOTS);
    return entry.name().startsWith("data/vms/")
        && entry.name().contains("/root.qcow2")
        && QcowHeader.below(entry.path()).filter(below -> below.startsWith(snapshots)).isPresent();
  }
}

package dev.visco.backup;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import dev.visco.model.Advice;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.StoreCopy;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a data folder has into one file: the store as it is at one moment, settings, VM types
 * and recipes, tokens, VMM releases; and of the users that are named the VMs with their disks, keys
 * and images, and their volumes. Snapshots and consoles of running machines are not in it. It works
 * whether a daemon runs or not.
 */
public final class Backup {
  /** What of a VM's folder is of its present machine, or of no use without it. */
  private static final Set<String> NOT_OF_A_VM = Set.of("run", "snapshots");

  private final Host host;
  private final Path data;
  private final Path configuration;
  private final String program;
  private final Progress progress;

  /**
   * @param configuration the folder of {@code visco.toml}
   * @param program the version that is written into the backup
   */
  public Backup(Host host, Path data, Path configuration, String program, Progress progress) {
    this.host = host;
    this.data = data;
    this.configuration = configuration;
    this.program = program;
    this.progress = progress;
  }

  /**
   * Lets a running VM stand still while its disks are copied; null where that was not asked for.
   */
  public interface Pausing {
    void pause(VmId vm);

    void resume(VmId vm);
  }

  /** A file or folder of a backup. */
  private record BackupEntry(String name, Path path) {}

  /**
   * Writes it: under another name first, which is renamed once all is written and on the disk.
   *
   * @param target is made, for root alone; refused when it is there
   * @param users whose VMs and volumes are in it
   * @param pausing for VMs that run; without it a running VM of these users is refused
   */
  public BackupHeader write(
      Path target, Predicate<String> users, @Nullable Pausing pausing, Instant now) {
    Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw Refused.invalid(
          "FILE", target.toString(), "is there already", "Name another file, or remove it.");
    }
    if (!Files.isDirectory(folder)) {
      throw Refused.invalid(
          "FILE", target.toString(), "is in a folder that is not there", "Make the folder first.");
    }
    Path half = DurableFiles.half(target.toAbsolutePath());
    Path work = DurableFiles.half(target.toAbsolutePath());
    try {
      Files.createDirectory(
          work, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      progress.report("copy the store", -1);
      try (var copy = StoreCopy.make(data, work.resolve("visco.db"))) {
        return write(target, half, work, copy, users, pausing, now);
      }
    } catch (IOException e) {
      throw new HostFault("the backup could not be written: " + HostFault.words(e), e);
    } finally {
      DurableFiles.deleteTree(work);
      DurableFiles.deleteTree(half);
    }
  }

  private BackupHeader write(
      Path target,
      Path half,
      Path work,
      StoreCopy copy,
      Predicate<String> users,
      @Nullable Pausing pausing,
      Instant now)
      throws IOException {
    List<VmRow> vms = vms(copy, users, pausing != null);
    List<VolumeRow> volumes =
        new VolumeRows(copy, copy.host())
            .list(null).stream()
                .filter(row -> users.test(row.owner()) && Files.exists(file(row)))
                .toList();
    List<BackupEntry> entries = entries(vms, !volumes.isEmpty());
    var header =
        new BackupHeader(
            BackupHeader.FORMAT,
            program,
            StoreCopy.SCHEMA,
            now,
            Files.readString(data.resolve("installation-id")).strip(),
            data.toString(),
            vms.stream()
                .map(vm -> new BackupHeader.BackupItem(vm.id().value(), vm.owner()))
                .toList(),
            volumes.stream()
                .map(one -> new BackupHeader.BackupItem(one.name(), one.owner()))
                .toList(),
            bytes(entries, vms, volumes));
    try (FileChannel channel =
            FileChannel.open(
                half,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        var archive =
            new ArchiveWriter(Channels.newOutputStream(channel), header.bytes(), progress)) {
      archive.bytes(ArchiveWriter.HEADER, Json.bytes(header));
      archive.file("data/visco.db", work.resolve("visco.db"));
      for (BackupEntry entry : entries) {
        add(archive, entry);
      }
      for (VmRow vm : vms) {
        add(archive, vm, volumes, work, pausing);
      }
      Set<VmId> written = vms.stream().map(VmRow::id).collect(Collectors.toSet());
      for (VolumeRow volume : volumes) {
        if (volume.vm() == null || !written.contains(volume.vm())) {
          steady("volume " + volume.name(), file(volume), () -> add(archive, entry(volume)));
        }
      }
      archive.finish();
      channel.force(true);
    }
    Files.move(half, target.toAbsolutePath(), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncFolder(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    return header;
  }

  /** Those that are to be in it; refused while one of them cannot be. */
  private List<VmRow> vms(StoreCopy copy, Predicate<String> users, boolean isPausing) {
    var found = new ArrayList<VmRow>();
    for (VmRow vm : new VmRows(copy, copy.host()).list(false)) {
      if (!users.test(vm.owner()) || vm.state() == VmState.DESTROYING || !hasDisk(vm.id())) {
        continue;
      }
      if (isRunning(vm) && !isPausing) {
        throw new Refused(
            new Refusal.Conflict(
                "The VM "
                    + vm.id()
                    + " of "
                    + vm.owner()
                    + " is "
                    + vm.state().word()
                    + ": a disk that changes while it is copied is worth nothing.",
                Advice.words(
                    "Stop it first, or add --pause: it is then paused while its disk is copied,"
                        + " and the copy is as after a loss of power.")));
      }
      found.add(vm);
    }
    return found;
  }

  private static boolean isRunning(VmRow vm) {
    return vm.state() != VmState.STOPPED && vm.state() != VmState.FAILED;
  }

  private Path folder(VmId vm) {
    return data.resolve("vms").resolve(vm.value());
  }

  private Path file(VolumeRow volume) {
    return data.resolve("volumes").resolve(volume.id() + ".img");
  }

  private BackupEntry entry(VolumeRow volume) {
    return new BackupEntry("data/volumes/" + volume.id() + ".img", file(volume));
  }

  private boolean hasDisk(VmId vm) {
    return Files.exists(folder(vm).resolve("root.raw"))
        || Files.exists(folder(vm).resolve("root.qcow2"));
  }

  /** All but the store, VMs and volumes; folders before what is in them. */
  private List<BackupEntry> entries(List<VmRow> vms, boolean hasVolumes) throws IOException {
    var entries = new ArrayList<BackupEntry>();
    for (String name : List.of("installation-id", "admin-token")) {
      addTree(entries, "data/" + name, data.resolve(name));
    }
    addTree(entries, "data/releases", data.resolve("releases"));
    for (String name : List.of("visco.toml", "types", "images")) {
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

  private List<BackupEntry> entries(VmId vm) throws IOException {
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

  private long bytes(List<BackupEntry> entries, List<VmRow> vms, List<VolumeRow> volumes)
      throws IOException {
    var all = new ArrayList<>(entries);
    for (VmRow vm : vms) {
      all.addAll(entries(vm.id()));
    }
    volumes.forEach(volume -> all.add(entry(volume)));
    long bytes = 0;
    for (BackupEntry entry : all) {
      if (Files.isRegularFile(entry.path(), LinkOption.NOFOLLOW_LINKS)) {
        for (SparseFile.DataRange range : SparseFile.data(entry.path())) {
          bytes += range.end() - range.start();
        }
      }
    }
    return bytes;
  }

  private static void add(ArchiveWriter archive, BackupEntry entry) throws IOException {
    if (Files.isDirectory(entry.path(), LinkOption.NOFOLLOW_LINKS)) {
      archive.folder(entry.name(), entry.path());
    } else {
      archive.file(entry.name(), entry.path());
    }
  }

  private void add(
      ArchiveWriter archive,
      VmRow vm,
      List<VolumeRow> volumes,
      Path work,
      @Nullable Pausing pausing)
      throws IOException {
    progress.report("write the VM " + vm.id(), -1);
    List<BackupEntry> entries = new ArrayList<>(entries(vm.id()));
    volumes.stream()
        .filter(volume -> vm.id().equals(volume.vm()))
        .forEach(volume -> entries.add(entry(volume)));
    List<BackupEntry> disks = entries.stream().filter(Backup::isDisk).toList();
    for (BackupEntry entry : entries) {
      if (!disks.contains(entry) && !isGone(entry)) {
        add(archive, entry);
      }
    }
    if (pausing != null && vm.state() == VmState.READY) {
      for (BackupEntry copy : pausedCopies(vm.id(), disks, work, pausing)) {
        add(archive, copy);
        Files.delete(copy.path());
      }
    } else {
      for (BackupEntry disk : disks) {
        steady("VM " + vm.id(), disk.path(), () -> add(archive, disk));
      }
    }
  }

  /** A log may have been rotated since the folder was read. */
  private static boolean isGone(BackupEntry entry) {
    return !Files.exists(entry.path(), LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean isDisk(BackupEntry entry) {
    String name = entry.path().getFileName().toString();
    return name.startsWith("root.") || entry.name().startsWith("data/volumes/");
  }

  /**
   * The VM stands still for as long as the copy takes: where the file system shares blocks, not at
   * all.
   */
  private List<BackupEntry> pausedCopies(
      VmId vm, List<BackupEntry> disks, Path work, Pausing pausing) {
    var copies = new ArrayList<BackupEntry>();
    pausing.pause(vm);
    try {
      for (BackupEntry disk : disks) {
        Path copy = work.resolve(vm + "-" + disk.path().getFileName());
        host.check(
            Command.of(
                    "cp",
                    "--reflink=auto",
                    "--sparse=always",
                    "--preserve=mode,ownership,timestamps",
                    "--",
                    disk.path().toString(),
                    copy.toString())
                .within(Duration.ofHours(2)));
        copies.add(new BackupEntry(disk.name(), copy));
      }
      return copies;
    } finally {
      pausing.resume(vm);
    }
  }

  private interface Writing {
    void write() throws IOException;
  }

  /** A disk that has changed while it was read is no copy of anything. */
  private static void steady(String what, Path file, Writing writing) throws IOException {
    FileTime before = Files.getLastModifiedTime(file);
    writing.write();
    if (!Files.getLastModifiedTime(file).equals(before)) {
      throw new Refused(
          new Refusal.Conflict(
              "The " + what + " was started while its disk was read, and the backup was given up.",
              "Leave it stopped meanwhile, or add --pause."));
    }
  }
}

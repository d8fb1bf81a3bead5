package dev.visco.backup;

import dev.visco.archive.ArchiveWriter;
import dev.visco.backup.BackupEntries.BackupEntry;
import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.Disks;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.Progress;
import dev.visco.model.Rebuild;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows;
import dev.visco.store.StoreCopy;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a data folder has into one file: the store as it is at one moment, settings, VM types
 * and recipes, tokens, VMM releases; and of the users that are named the VMs with their disks, keys
 * and images, and their volumes. Users' credentials are in it when that was asked for, encrypted as
 * in the vault, whose master key never is. Snapshots and consoles of running machines are not in
 * it. It works whether a daemon runs or not.
 */
public final class Backup {
  private static final String ARCHIVE = "archive";

  private final Host host;
  private final Path data;
  private final BackupEntries files;
  private final String program;
  private final Progress progress;
  private final boolean hasCredentials;

  /**
   * @param configuration the folder of {@code visco.toml}
   * @param program the version that is written into the backup
   */
  public Backup(Host host, Path data, Path configuration, String program, Progress progress) {
    this(host, data, new BackupEntries(data, configuration), program, progress, false);
  }

  private Backup(
      Host host,
      Path data,
      BackupEntries files,
      String program,
      Progress progress,
      boolean hasCredentials) {
    this.host = host;
    this.data = data;
    this.files = files;
    this.program = program;
    this.progress = progress;
    this.hasCredentials = hasCredentials;
  }

  /** The same with users' credentials, encrypted as they are in the vault. */
  public Backup withCredentials() {
    return new Backup(host, data, files, program, progress, true);
  }

  /**
   * Lets a running VM stand still while its disks are copied; null where that was not asked for.
   */
  public interface Pausing {
    void pause(VmId vm);

    /** Does nothing to a VM that is gone, or is not paused. */
    void resume(VmId vm);
  }

  /**
   * Writes it: under another name first, until all is written and on the disk. What a backup left
   * in that folder that was killed is removed, and VMs that it had paused are resumed.
   *
   * @param target is made, for root alone; refused when it is there
   * @param users whose VMs and volumes are in it
   * @param pausing for VMs that run; without it a running VM of these users is refused
   */
  public BackupHeader write(
      Path target, Predicate<String> users, @Nullable Pausing pausing, Instant now) {
    Path absolute = target.toAbsolutePath();
    if (!Files.isDirectory(Objects.requireNonNull(absolute.getParent()))) {
      throw Refused.invalid(
          "FILE", target.toString(), "is in a folder that is not there", "Make the folder first.");
    }
    try (BackupWork work = BackupWork.begin(absolute, pausing)) {
      if (Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
        throw taken(absolute);
      }
      progress.report("copy the store", -1);
      try (var copy = StoreCopy.make(data, work.resolve("visco.db"))) {
        if (!hasCredentials) {
          copy.removeCredentials();
        }
        BackupHeader header = write(work, copy, users, pausing, now);
        publish(work.resolve(ARCHIVE), absolute);
        return header;
      }
    } catch (IOException e) {
      throw new HostFault("the backup could not be written: " + HostFault.words(e), e);
    }
  }

  /** Gives a file that is whole its name, once it is on the disk. */
  private void publish(Path archive, Path target) throws IOException {
    progress.report("write it to the disk", -1);
    try (FileChannel written = FileChannel.open(archive, StandardOpenOption.WRITE)) {
      written.force(true);
    }
    progress.report("give it its name", -1);
    try {
      Files.createLink(target, archive); // Unlike a rename, a link never replaces a file.
    } catch (FileAlreadyExistsException e) {
      throw taken(target);
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(archive, target); // The file system has no links.
    }
    DurableFiles.syncFolder(Objects.requireNonNull(target.getParent()));
    progress.report("remove what is not needed any more", -1);
  }

  private static Refused taken(Path target) {
    return Refused.invalid(
        "FILE", target.toString(), "is there already", "Name another file, or remove it.");
  }

  private BackupHeader write(
      BackupWork work,
      StoreCopy copy,
      Predicate<String> users,
      @Nullable Pausing pausing,
      Instant now)
      throws IOException {
    List<VmRow> vms = vms(copy, users, pausing != null);
    List<VolumeRow> volumes =
        new VolumeRows(copy, copy.host(), InstantSource.system())
            .list(null).stream()
                .filter(row -> users.test(row.owner()) && Files.exists(files.file(row)))
                .toList();
    List<BackupEntry> entries = files.of(vms, !volumes.isEmpty());
    BackupHeader header = header(vms, volumes, files.bytes(entries, vms, volumes), now);
    try (FileChannel channel =
            FileChannel.open(
                work.resolve(ARCHIVE),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        var archive =
            new ArchiveWriter(
                Channels.newOutputStream(channel), "write the backup", header.bytes(), progress)) {
      archive.bytes(BackupHeader.KIND.header(), Json.bytes(header));
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
          steady(
              "volume " + volume.name(), files.file(volume), () -> add(archive, files.of(volume)));
        }
      }
      archive.finish();
    }
    return header;
  }

  private BackupHeader header(List<VmRow> vms, List<VolumeRow> volumes, long bytes, Instant now)
      throws IOException {
    return new BackupHeader(
        BackupHeader.FORMAT,
        program,
        StoreCopy.SCHEMA,
        now,
        Files.readString(data.resolve("installation-id")).strip(),
        data.toString(),
        vms.stream().map(vm -> new BackupHeader.BackupItem(vm.id().value(), vm.owner())).toList(),
        volumes.stream().map(one -> new BackupHeader.BackupItem(one.name(), one.owner())).toList(),
        bytes);
  }

  /** Those that are to be in it; refused while one of them cannot be. */
  private List<VmRow> vms(StoreCopy copy, Predicate<String> users, boolean isPausing) {
    var found = new ArrayList<VmRow>();
    // What users sign in with is in clear on the disks of those, which are of no use afterwards.
    Set<VmId> ofSignIns =
        new SignInRows(copy, copy.host())
            .active().stream()
                .map(SignInRow::vm)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    for (VmRow vm : new VmRows(copy, copy.host()).list(false)) {
      if (!users.test(vm.owner())
          || vm.state() == VmState.DESTROYING
          || ofSignIns.contains(vm.id())) {
        continue;
      }
      requireNotRebuilt(vm);
      if (!files.hasDisk(vm.id())) {
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

  /** Which of its two disks is its own is not known before it has ended. */
  private static void requireNotRebuilt(VmRow vm) {
    if (VmWork.rebuild(vm).filter(Rebuild::underWay).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + vm.id() + " of " + vm.owner() + " is being rebuilt.",
              "Wait until it is ready, or has its old disk again."));
    }
  }

  private static boolean isRunning(VmRow vm) {
    return switch (vm.state()) {
      case STOPPED, FAILED, SUSPENDED, ASLEEP, ARCHIVED -> false;
      case CREATING, STARTING, READY, PAUSED, STOPPING, DESTROYING, DESTROYED -> true;
    };
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
      BackupWork work,
      @Nullable Pausing pausing)
      throws IOException {
    progress.report("write the VM " + vm.id(), -1);
    List<BackupEntry> entries = new ArrayList<>(files.of(vm.id()));
    volumes.stream()
        .filter(volume -> vm.id().equals(volume.vm()))
        .forEach(volume -> entries.add(files.of(volume)));
    List<BackupEntry> disks = entries.stream().filter(BackupEntry::isDisk).toList();
    for (BackupEntry entry : entries) {
      if (!disks.contains(entry) && !isGone(entry)) {
        add(archive, entry);
      }
    }
    if (pausing != null && vm.state() == VmState.READY) {
      for (BackupEntry copy : pausedCopies(vm.id(), disks, work, pausing)) {
        addDisk(archive, vm.id(), copy, work);
        Files.delete(copy.path());
      }
    } else {
      for (BackupEntry disk : disks) {
        steady("VM " + vm.id(), disk.path(), () -> addDisk(archive, vm.id(), disk, work));
      }
    }
  }

  private void addDisk(ArchiveWriter archive, VmId vm, BackupEntry disk, BackupWork work)
      throws IOException {
    if (!files.isClones(disk)) {
      add(archive, disk);
      return;
    }
    Path whole = work.resolve(vm + "-whole");
    new Disks(host).copyWhole(disk.path(), whole);
    likeThatOf(disk.path(), whole);
    add(archive, new BackupEntry(disk.name(), whole));
    Files.delete(whole);
  }

  private void likeThatOf(Path disk, Path copy) {
    host.check(Command.of("chown", "--reference=" + disk, copy.toString()));
    host.check(Command.of("chmod", "--reference=" + disk, copy.toString()));
  }

  /** A log may have been rotated since the folder was read. */
  private static boolean isGone(BackupEntry entry) {
    return !Files.exists(entry.path(), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * The VM stands still for as long as the copy takes: where the file system shares blocks, not at
   * all.
   */
  private List<BackupEntry> pausedCopies(
      VmId vm, List<BackupEntry> disks, BackupWork work, Pausing pausing) throws IOException {
    var copies = new ArrayList<BackupEntry>();
    work.pausing(vm);
    progress.report("pause the VM " + vm, -1);
    pausing.pause(vm);
    try {
      progress.report("copy the disks of the VM " + vm, -1);
      for (BackupEntry disk : disks) {
        Path copy = work.resolve(vm + "-" + disk.path().getFileName());
        steady("VM " + vm, disk.path(), () -> copy(disk.path(), copy));
        copies.add(new BackupEntry(disk.name(), copy));
      }
    } finally {
      pausing.resume(vm);
      work.resumed(vm);
    }
    return copies;
  }

  private void copy(Path disk, Path copy) {
    host.check(
        Command.of(
                "cp",
                "--reflink=auto",
                "--sparse=always",
                "--preserve=mode,ownership,timestamps",
                "--",
                disk.toString(),
                copy.toString())
            .within(Duration.ofHours(2)));
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
              "The " + what + " was at work while its disk was read, and the backup was given up.",
              "Leave it alone meanwhile, or add --pause for one that runs."));
    }
  }
}

package dev.visco.backup;

import dev.visco.archive.ArchiveReader;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.Disks;
import dev.visco.image.QcowHeader;
import dev.visco.model.Advice;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import dev.visco.store.DataFolder;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.Store;
import dev.visco.store.StoreCopy;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Puts a backup back into an empty data folder. The whole archive is read and compared before the
 * first file appears; all of it is then written into the folder {@code restore} there, and moved
 * into place with the store as the last. While that folder is there no daemon starts. A restore
 * that is run again removes what the one before left; one that was cut off after the store was in
 * its place is brought to its end.
 */
public final class Restore {
  private static final String NETNS = "/run/netns";

  /** What a data folder may have that nothing was ever done with. */
  private static final Set<String> EMPTY =
      Set.of("lock", DataFolder.UP_LOCK, DataFolder.RESTORE, "lost+found");

  private final Host host;
  private final Path data;
  private final Path configuration;
  private final Progress progress;
  private final InstantSource clock;

  /**
   * @param data the data folder, empty or not there
   * @param configuration the folder of {@code visco.toml}
   */
  public Restore(Host host, Path data, Path configuration, Progress progress, InstantSource clock) {
    this.host = host;
    this.data = data;
    this.configuration = configuration;
    this.progress = progress;
    this.clock = clock;
  }

  /**
   * What was put back.
   *
   * @param kept files of the configuration that were there already and differ: the backup's lie
   *     beside them as {@code NAME.from-backup}
   */
  public record Restored(BackupHeader header, List<Path> kept) {}

  /** Puts it back; refused before anything is changed when that cannot be done whole. */
  public Restored from(Path file) {
    var archive = new ArchiveReader<>(BackupHeader.KIND, progress);
    BackupHeader header = archive.read(file, "check the backup", ArchiveReader.nothing());
    requireReadable(header);
    requireNothingRuns(header);
    var kept = new ArrayList<Path>();
    try {
      requireEmpty(header);
      Files.createDirectories(data);
      Store.exclusively(
          data,
          () -> {
            requireEmpty(header);
            kept.addAll(isPut(header) ? settings() : begin(file, archive, header));
            finish();
          });
    } catch (IOException e) {
      throw new HostFault("the backup could not be put back: " + HostFault.words(e), e);
    }
    return new Restored(header, List.copyOf(kept));
  }

  private static void requireReadable(BackupHeader header) {
    if (header.format() > BackupHeader.FORMAT || header.schema() > StoreCopy.SCHEMA) {
      throw new Refused(
          new Refusal.Conflict(
              "The backup was written by a newer Visco (" + header.program() + ").",
              "Install that version or a newer one, and restore with it."));
    }
  }

  /** Names on a host are those of the installation: two of the same would take each other's VMs. */
  private void requireNothingRuns(BackupHeader header) {
    String mark = "visco-" + header.installation() + "-";
    var found = new ArrayList<String>();
    try (var names = Files.newDirectoryStream(Path.of(NETNS), mark + "*")) {
      names.forEach(name -> found.add("the network namespace " + name.getFileName()));
    } catch (IOException e) {
      // There is no such folder where there never was a namespace.
    }
    host.processes().stream()
        .filter(one -> one.isRoots() || one.uid() >= VmmUsers.GROUP)
        .filter(one -> one.arguments().stream().anyMatch(word -> word.contains(mark + "vm-")))
        .forEach(one -> found.add("process " + one.ref().pid()));
    if (!found.isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "On this host something of the backup's installation is still there: "
                  + String.join(", ", found.subList(0, Math.min(5, found.size())))
                  + ".",
              "Restore on another host, or end first what runs there from its data folder."));
    }
  }

  private void requireEmpty(BackupHeader header) throws IOException {
    List<String> entries =
        DataFolder.entries(data).stream().filter(name -> !EMPTY.contains(name)).toList();
    if (entries.isEmpty()
        || isPut(header)
        || isCutOff() && entries.stream().allMatch(DataFolder::isOwn)) {
      return;
    }
    throw new Refused(
        new Refusal.Conflict(
            "The data folder " + data + " is not empty: " + entries.getFirst() + " is in it.",
            Advice.words(
                "A backup is put back into an empty folder: name another one (--data), or move away"
                    + " what is in this one.")));
  }

  /** Whether all of this backup is in its place, but for what follows the store. */
  private boolean isPut(BackupHeader header) throws IOException {
    Path mark = data.resolve(DataFolder.RESTORE_MARK);
    return DataFolder.hasStore(data)
        && Files.exists(mark)
        && Json.read(Files.readString(mark), BackupHeader.class).equals(header);
  }

  /** Whether a restore has begun here that came to no store: nothing was ever started from it. */
  private boolean isCutOff() {
    return !DataFolder.hasStore(data) && Files.isDirectory(half().resolve("data"));
  }

  private Path half() {
    return data.resolve(DataFolder.RESTORE);
  }

  private void requireRoom(BackupHeader header) throws IOException {
    long free = Files.getFileStore(data).getUsableSpace();
    if (free < header.bytes()) {
      throw new Refused(
          new Refusal.HostLacks(
              "disk",
              "The backup takes "
                  + (header.bytes() >> 20)
                  + " MiB, and "
                  + data
                  + " has "
                  + (free >> 20)
                  + " MiB free.",
              "Make room, or name a data folder on a larger file system."));
    }
  }

  /** What a restore left that was cut off; its own folder last. */
  private void clear() throws IOException {
    for (String name : DataFolder.entries(data)) {
      if (!EMPTY.contains(name)) {
        DurableFiles.deleteTree(data.resolve(name));
      }
    }
    DurableFiles.deleteTree(half());
  }

  private List<Path> begin(Path file, ArchiveReader<BackupHeader> archive, BackupHeader header)
      throws IOException {
    clear();
    requireRoom(header);
    DataFolders.closed(half());
    DurableFiles.syncFolder(data);
    BackupHeader again = archive.read(file, "put the backup back", new RestoredFiles(half()));
    if (!again.equals(header)) {
      throw new Refused(
          new Refusal.Conflict(
              "The backup was replaced while it was read.", "Leave it alone, and try again."));
    }
    Path files = half().resolve("data");
    rebase(files, header);
    progress.report("compare the store with the folders", -1);
    settle(files, header);
    progress.report("put the settings back", -1);
    List<Path> kept = settings();
    DurableFiles.write(data.resolve(DataFolder.RESTORE_MARK), Json.bytes(header), "rw-------");
    move(files);
    return kept;
  }

  private List<Path> settings() throws IOException {
    return new RestoredSettings(half().resolve("configuration"), configuration).put();
  }

  /** From here on it counts; the folder is renamed, so that never a part of it is there. */
  private void finish() throws IOException {
    progress.report("open the data folder", -1);
    Path rest = DurableFiles.half(half());
    Files.move(half(), rest, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncFolder(data);
    progress.report("remove what is not needed any more", -1);
    DurableFiles.deleteTree(rest);
  }

  /** A layer names its image by its whole path; one that was put aside does, too. */
  private void rebase(Path files, BackupHeader header) throws IOException {
    if (header.data().equals(data.toString())) {
      return;
    }
    for (BackupHeader.BackupItem vm : header.vms()) {
      Path folder = files.resolve("vms").resolve(vm.name());
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (var layers = Files.newDirectoryStream(folder, "root.qcow2*")) {
        for (Path layer : layers) {
          rebase(layer);
        }
      }
    }
  }

  private void rebase(Path layer) {
    Optional<Path> image = QcowHeader.below(layer).map(Path::getFileName);
    if (image.isPresent()) {
      Path there = data.resolve("images").resolve("objects").resolve(image.get().toString());
      new Disks(host).layOver(layer, there);
    }
  }

  /** The store takes what is newer in the folders; what has no files any more is gone. */
  private void settle(Path files, BackupHeader header) {
    try (var store = Store.openRestored(files)) {
      var volumes = new VolumeRows(store, store.host(), clock);
      for (VolumeRow row : volumes.list(null)) {
        if (!Files.exists(files.resolve("volumes").resolve(row.id() + ".img"))) {
          volumes.remove(row.id());
        }
      }
      new EventRows(store, store.host())
          .add(
              EventKind.RESTORED,
              null,
              "From a backup of "
                  + header.created()
                  + ": "
                  + header.vms().size()
                  + " VMs and "
                  + header.volumes().size()
                  + " volumes with their disks; all others of it are gone.",
              clock.millis());
    }
  }

  /** The store last: without it nothing of this is anybody's. */
  private void move(Path files) throws IOException {
    List<String> names = new ArrayList<>(DataFolder.entries(files));
    names.remove("lock");
    names.removeIf(name -> name.startsWith("visco.db"));
    names.add("visco.db");
    for (String name : names) {
      progress.report("move " + name + " into its place", -1);
      Files.move(files.resolve(name), data.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(Objects.requireNonNull(data));
    }
  }
}

package dev.visco.sweep;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folders that hold data but belong to no row, moved to {@code vms/.lost/NAME-DATE}, those of
 * snapshots to {@code snapshots/.lost}, which may be another file system. A missing row is no proof
 * that nobody needs the data: the store may be old or damaged. They are removed only when {@code
 * retention.lost-folders} has passed since the date in their name.
 */
public final class LostFolders {
  private static final Logger LOG = LoggerFactory.getLogger(LostFolders.class);
  static final String NAME = ".lost";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern DATED = Pattern.compile(".+-(\\d{8}T\\d{6}Z)(\\.\\d+)?");

  private final Path ofVms;
  private final Path ofSnapshots;
  private final Duration keep;
  private final EventRows events;
  private final InstantSource clock;

  /**
   * @param vms the folder that holds each VM's folder
   * @param snapshots the folder that holds each snapshot's folder; it need not be there
   * @param keep how long each is kept
   */
  public LostFolders(
      Path vms, Path snapshots, Duration keep, EventRows events, InstantSource clock) {
    this.ofVms = vms.resolve(NAME);
    this.ofSnapshots = snapshots.resolve(NAME);
    this.keep = keep;
    this.events = events;
    this.clock = clock;
  }

  /** Whether a VM's folder holds data that cannot be made again: a disk, or snapshots. */
  static boolean holdsData(Path vm) {
    try {
      return matches(vm, "root.*") || matches(vm.resolve("snapshots"), "*");
    } catch (IOException e) {
      throw new HostFault("cannot read " + vm + ": " + e.getMessage(), e);
    }
  }

  private static boolean matches(Path folder, String glob) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (var entries = Files.newDirectoryStream(folder, glob)) {
      return entries.iterator().hasNext();
    }
  }

  /** Moves a VM's folder to the lost ones, and records an event. */
  void keepVm(VmId vm, Path found) {
    tell(
        vm,
        "The folder of " + vm + " holds data and no row knows it",
        put(found, ofVms, vm.value()));
  }

  /**
   * Moves a snapshot's files there too, {@code PLACE} or {@code VM/snapshots/NAME}, and records an
   * event.
   */
  public void keepSnapshot(Path files) {
    String name = files.getFileName().toString();
    if (SnapshotPlace.isOne(name)) {
      tell(null, "No row knows the snapshot in " + name, put(files, ofSnapshots, name));
      return;
    }
    var vm = new VmId(files.resolve("../..").normalize().getFileName().toString());
    tell(
        vm,
        "No row knows the snapshot " + name + " of " + vm,
        put(files, ofVms, vm + "-snapshot-" + name));
  }

  private void tell(@Nullable VmId vm, String what, Path kept) {
    String text = what + ". It is in " + kept + " and is kept until " + end(kept) + ".";
    LOG.warn("{}", text);
    events.add(EventKind.FOLDER_LOST, vm == null ? null : vm.value(), text, clock.millis());
  }

  /**
   * Moves a folder, and syncs the move to the disk.
   *
   * @param folder where it is kept
   * @param name its new name, without the date
   * @return its new path
   */
  private Path put(Path found, Path folder, String name) {
    try {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      String dated = name + "-" + DATE.format(clock.instant());
      Path target = folder.resolve(dated);
      for (int more = 2; Files.exists(target); more++) {
        target = folder.resolve(dated + "." + more);
      }
      Files.move(found, target, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(folder);
      DurableFiles.syncFolder(found.resolveSibling(""));
      return target;
    } catch (IOException e) {
      throw new HostFault("cannot move " + found + " to " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Its name for people: {@code .lost/NAME-DATE}. */
  static String shown(Path lost) {
    return NAME + "/" + lost.getFileName();
  }

  /** All lost folders, sorted by name. */
  List<Path> all() {
    var found = new ArrayList<>(in(ofVms));
    found.addAll(in(ofSnapshots));
    found.sort(Comparator.comparing(Path::getFileName));
    return found;
  }

  private static List<Path> in(Path folder) {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
      }
    }
    return found;
  }

  /** When it may be removed; never if its name has no date, since it was put there by hand. */
  Instant end(Path lost) {
    var matcher = DATED.matcher(lost.getFileName().toString());
    if (!matcher.matches()) {
      return Instant.MAX;
    }
    try {
      return LocalDateTime.parse(matcher.group(1), DATE).toInstant(ZoneOffset.UTC).plus(keep);
    } catch (DateTimeException e) {
      return Instant.MAX;
    }
  }

  /** Removes those whose retention has ended; returns their names. */
  List<String> expire() {
    var gone = new ArrayList<String>();
    for (Path lost : all()) {
      if (end(lost).isBefore(clock.instant())) {
        DurableFiles.deleteTree(lost);
        gone.add(shown(lost));
      }
    }
    return gone;
  }
}

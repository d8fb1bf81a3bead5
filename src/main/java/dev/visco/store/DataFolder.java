package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The entries of a data folder, and how it is distinguished from any other folder. */
public final class DataFolder {
  /** The database. */
  public static final String STORE = "visco.db";

  /** A folder for each snapshot, by its place. */
  public static final String SNAPSHOTS = "snapshots";

  /** The rows of the users' secrets, encrypted. */
  public static final String SECRETS = "secrets.json";

  /** Where a backup is put before all of it is there; while it is there nothing else counts. */
  public static final String RESTORE = "restore";

  /**
   * Which backup it is, as soon as its files are moved into place: the store is the last of them.
   */
  public static final String RESTORE_MARK = RESTORE + "/backup.json";

  /** A folder for each upgrade of the package, with the store as it was before. */
  public static final String UPGRADES = "upgrades";

  /** The lock file that allows one {@code visco up} at a time. */
  public static final String UP_LOCK = "up.lock";

  /** The log of the daemon and of earlier ones ({@code dev.visco.app.DaemonLog}). */
  private static final Pattern LOGS =
      Pattern.compile("daemon\\.log(\\.[0-9])?|daemon\\.out\\.[0-9T.-]{1,40}");

  /** The marks: a folder with one of these is a data folder, whatever else is in it. */
  private static final List<String> MARKS = List.of(STORE, "installation-id", "daemon.out");

  /**
   * Everything that Visco puts into its data folder. A purge removes the marks last, so that an
   * interrupted purge can be repeated.
   */
  private static final List<String> OWN =
      List.of(
          "vms",
          "images",
          "volumes",
          SNAPSHOTS,
          "releases",
          "cache",
          RESTORE,
          UPGRADES,
          "port",
          "certificate.pem",
          "admin-token",
          "copies",
          "damaged",
          "records.json",
          SECRETS,
          STORE + "-wal",
          STORE + "-shm",
          STORE + "-journal",
          "lock",
          UP_LOCK,
          "installation-id",
          STORE,
          "daemon.out");

  /** An entry in the top folder of a file system; a folder with nothing else counts as empty. */
  private static final String LOST_AND_FOUND = "lost+found";

  private DataFolder() {}

  /** All names of Visco's entries, the marks last. */
  public static List<String> own() {
    return OWN;
  }

  /** Whether an entry is Visco's by its name, or a file of Visco's that is being written. */
  public static boolean isOwn(String entry) {
    return isWhole(entry) || DurableFiles.halfOf(entry).filter(DataFolder::isWhole).isPresent();
  }

  private static boolean isWhole(String entry) {
    return OWN.contains(entry) || LOGS.matcher(entry).matches();
  }

  /** Whether a folder with these entries is, or was, a data folder. */
  public static boolean isMarked(List<String> entries) {
    return entries.stream().anyMatch(MARKS::contains);
  }

  /** The names in a folder, sorted; none when it does not exist. */
  public static List<String> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Refuses a folder with entries but none of Visco's, before anything in it is changed: its mode
   * would be set, and its files might be taken for Visco's later. A folder that holds only images,
   * put there before the first start, counts as empty.
   */
  public static void require(Path data) throws IOException {
    List<String> entries =
        entries(data).stream().filter(entry -> !entry.equals(LOST_AND_FOUND)).toList();
    boolean isFilled =
        entries.equals(List.of("images"))
            && Set.of(
                    "adding",
                    "kernels",
                    "layers",
                    "lock",
                    "manifests",
                    "names",
                    "objects",
                    "unpacked",
                    "work",
                    "work.lock")
                .containsAll(entries(data.resolve("images")));
    boolean isOurs =
        isMarked(entries)
            // Left by a first start or a purge that was killed.
            || (entries.contains("lock") || entries.contains(UP_LOCK))
                && entries.stream().allMatch(DataFolder::isOwn);
    if (!entries.isEmpty() && !isFilled && !isOurs) {
      throw Refused.invalid(
          "data",
          data.toString(),
          "is not empty, and nothing in it is Visco's ("
              + String.join(", ", entries.subList(0, Math.min(3, entries.size())))
              + (entries.size() > 3 ? ", …" : "")
              + ")",
          "Give an empty folder, or one that Visco made (--data, VISCO_DATA).");
    }
  }

  /** Whether there is a store in this folder, in order or not. */
  public static boolean hasStore(Path data) {
    return Files.exists(data.resolve(STORE));
  }

  /** Refused while a restore into this folder is not finished. */
  static void requireNoRestore(Path data) {
    boolean isHalf = Files.exists(data.resolve(RESTORE_MARK)) || !hasStore(data);
    if (isHalf && Files.exists(data.resolve(RESTORE))) {
      throw new Refused(
          new Refusal.Conflict(
              "A backup is being put back into " + data + ", or that was cut off.",
              Advice.of("Run it to its end: {}.", new Remedy.RestoreBackup())));
    }
  }

  /**
   * Removes half-written files that a killed process left directly in the folder. The caller holds
   * the folder's lock.
   */
  static void removeHalves(Path data) throws IOException {
    for (String entry : entries(data)) {
      if (DurableFiles.halfOf(entry).filter(DataFolder::isWhole).isPresent()) {
        DurableFiles.deleteTree(data.resolve(entry));
      }
    }
  }
}

package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What lies in a data folder, and how one is told from a folder of somebody else's. */
public final class DataFolder {
  /** The rows. */
  static final String STORE = "visco.db";

  /** What one {@code visco up} at a time holds. */
  public static final String UP_LOCK = "up.lock";

  /** The daemon's log, and what earlier daemons said ({@code dev.visco.app.DaemonLog}). */
  private static final Pattern LOGS =
      Pattern.compile("daemon\\.log(\\.[0-9])?|daemon\\.out\\.[0-9T.-]{1,40}");

  /** A folder with one of these is a data folder, whatever else is in it. */
  private static final List<String> MARKS = List.of(STORE, "installation-id", "daemon.out");

  /**
   * Everything that Visco puts into its data folder; the marks go last, so that a purge that was
   * cut off can be run again.
   */
  private static final List<String> OWN =
      List.of(
          "vms",
          "images",
          "releases",
          "cache",
          "port",
          "admin-token",
          "copies",
          "damaged",
          "records.json",
          STORE + "-wal",
          STORE + "-shm",
          STORE + "-journal",
          "lock",
          UP_LOCK,
          "installation-id",
          STORE,
          "daemon.out");

  /** What a file system of its own has at its top: a folder with nothing else is empty. */
  private static final String LOST_AND_FOUND = "lost+found";

  private DataFolder() {}

  /** All names that are ours, the marks last. */
  public static List<String> own() {
    return OWN;
  }

  /** Whether an entry is ours by its name, or is half of such a file. */
  public static boolean isOwn(String entry) {
    return isWhole(entry) || DurableFiles.halfOf(entry).filter(DataFolder::isWhole).isPresent();
  }

  private static boolean isWhole(String entry) {
    return OWN.contains(entry) || LOGS.matcher(entry).matches();
  }

  /** Whether this was ever a data folder, whatever its other entries are called. */
  public static boolean isMarked(List<String> entries) {
    return entries.stream().anyMatch(MARKS::contains);
  }

  /** The names in a folder, sorted; none when it is not there. */
  public static List<String> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Refused for a folder in which there is something and nothing of ours, before anything in it is
   * changed: its mode would be set, and its files taken for ours one day. One that holds nothing
   * but images, put there before the first start, is as good as empty.
   */
  public static void require(Path data) throws IOException {
    List<String> entries =
        entries(data).stream().filter(entry -> !entry.equals(LOST_AND_FOUND)).toList();
    boolean isFilled =
        entries.equals(List.of("images"))
            && Set.of("lock", "manifests", "names", "objects", "unpacked", "work", "work.lock")
                .containsAll(entries(data.resolve("images")));
    boolean isOurs =
        isMarked(entries)
            // One that a killed first start, or a purge that was cut off, left.
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

  /**
   * Removes the halves of files that a killed process left directly in the folder; whoever calls
   * has its lock.
   */
  static void removeHalves(Path data) throws IOException {
    for (String entry : entries(data)) {
      if (DurableFiles.halfOf(entry).filter(DataFolder::isWhole).isPresent()) {
        DurableFiles.deleteTree(data.resolve(entry));
      }
    }
  }
}

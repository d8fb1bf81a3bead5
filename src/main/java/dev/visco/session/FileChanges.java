package dev.visco.session;

import dev.visco.session.GuestFiles.FileKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What has changed between two looks at a guest's files ({@link FileScan}). Paths are texts of one
 * character for each byte, since a guest's names may be no UTF-8.
 */
public final class FileChanges {
  /** Size, times with or without a fraction, file, mode, owner, group, kind. */
  private static final Pattern FIELDS =
      Pattern.compile(
          "(?<size>\\d{1,18}) (?<modified>-?\\d{1,12})(?<fraction>\\.\\d{1,12})? (?<changed>[\\d.-]{1,30})"
              + " (?<id>\\d{1,20}:\\d{1,20}) (?<mode>[0-7]{1,6}) (?<owner>\\d{1,10} \\d{1,10})"
              + " (?<kind>[a-zA-Z -]{1,40})");

  private SortedMap<String, Entry> before = new TreeMap<>();
  private boolean isFirst = true;

  /** What happened. */
  public enum ChangeKind {
    CREATED,
    CHANGED,
    RENAMED,
    REMOVED
  }

  /**
   * A change.
   *
   * @param path as its bytes
   * @param from the path that it had, for {@link ChangeKind#RENAMED}
   * @param entry as it is now, or was
   */
  public record Change(ChangeKind kind, String path, @Nullable String from, Entry entry) {}

  /**
   * A file as it was seen.
   *
   * @param changed when its content or anything else of it changed, as the guest tells it
   * @param id of its file system and itself
   * @param owner and group
   */
  public record Entry(
      FileKind kind,
      long size,
      Instant modified,
      String changed,
      String id,
      int mode,
      String owner) {
    /**
     * What the guest tells of one; a folder's own times and size say nothing but that something in
     * it came or went.
     *
     * @return null for what is no entry
     */
    public static @Nullable Entry of(String fields) {
      Matcher found = FIELDS.matcher(fields);
      if (!found.matches()) {
        return null;
      }
      FileKind kind = kind(found.group("kind"));
      String fraction = found.group("fraction");
      long nanos =
          fraction == null
              ? 0
              : Long.parseLong((fraction.substring(1) + "0".repeat(9)).substring(0, 9));
      return new Entry(
          kind,
          kind == FileKind.FOLDER ? 0 : Long.parseLong(found.group("size")),
          Instant.ofEpochSecond(Long.parseLong(found.group("modified")), nanos),
          kind == FileKind.FOLDER ? "" : found.group("changed"),
          found.group("id"),
          Integer.parseInt(found.group("mode"), 8) & 0xfff,
          found.group("owner"));
    }

    private static FileKind kind(String word) {
      return switch (word) {
        case "f", "regular file", "regular empty file" -> FileKind.FILE;
        case "d", "directory" -> FileKind.FOLDER;
        case "l", "symbolic link" -> FileKind.LINK;
        default -> FileKind.OTHER;
      };
    }

    private boolean isSame(Entry other) {
      boolean isSameTime = kind == FileKind.FOLDER || modified.equals(other.modified);
      return isSameTime
          && kind == other.kind
          && size == other.size
          && changed.equals(other.changed)
          && id.equals(other.id)
          && mode == other.mode
          && owner.equals(other.owner);
    }
  }

  /** How many there were at the last look. */
  public int entries() {
    return before.size();
  }

  /**
   * The changes since the last look; none at the first one. What went comes first, then what got
   * another name, what came, and what is another.
   *
   * @param now by path
   */
  public List<Change> next(SortedMap<String, Entry> now) {
    var changes = new ArrayList<Change>();
    if (!isFirst) {
      SortedMap<String, Entry> gone = without(before, now);
      SortedMap<String, Entry> come = without(now, before);
      List<Change> renamed = renamed(gone, come);
      gone.forEach((path, was) -> changes.add(new Change(ChangeKind.REMOVED, path, null, was)));
      changes.addAll(renamed);
      come.forEach((path, is) -> changes.add(new Change(ChangeKind.CREATED, path, null, is)));
      now.forEach((path, is) -> {
        Entry was = before.get(path);
        if (was != null && !was.isSame(is)) {
          changes.add(new Change(ChangeKind.CHANGED, path, null, is));
        }
      });
    }
    isFirst = false;
    before = now;
    return changes;
  }

  private static SortedMap<String, Entry> without(
      SortedMap<String, Entry> all, SortedMap<String, Entry> others) {
    var rest = new TreeMap<>(all);
    rest.keySet().removeAll(others.keySet());
    return rest;
  }

  /** The same file under another path is taken out of both. */
  private static List<Change> renamed(
      SortedMap<String, Entry> gone, SortedMap<String, Entry> come) {
    Map<String, String> goneById = new HashMap<>();
    gone.forEach((path, was) -> goneById.put(was.id(), path));
    var renamed = new ArrayList<Change>();
    come.forEach((path, is) -> {
      String from = goneById.remove(is.id());
      Entry was = from == null ? null : gone.get(from);
      // A new file may get the number of one that was removed, but not its age.
      if (was != null
          && was.kind() == is.kind()
          && was.size() == is.size()
          && was.modified().equals(is.modified())) {
        renamed.add(new Change(ChangeKind.RENAMED, path, from, is));
      }
    });
    renamed.forEach(one -> {
      gone.remove(one.from());
      come.remove(one.path());
    });
    return renamed;
  }

  /** A path's bytes. */
  public static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.ISO_8859_1);
  }
}

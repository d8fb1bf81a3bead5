package dev.visco.image.probe;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The names and programs of an initramfs, gathered while its archives are read: of later ones with
 * the same name the last counts, as for the kernel.
 */
final class InitrdFiles implements ProgramFiles {
  /** Larger programs are not looked into. */
  static final int MAX_PROGRAM = 8 << 20;

  static final int MAX_LINK = 4096;
  private static final int MAX_NAMES = 200_000;
  private static final int MAX_LINKS = 40;
  private static final List<String> FOLDERS =
      List.of("bin/", "sbin/", "lib/systemd/", "usr/bin/", "usr/sbin/", "usr/lib/systemd/");

  /** An entry with what a link leads to, or what a program is. */
  private record Entry(
      int mode, long size, @Nullable String target, @Nullable ProgramImage image) {}

  private final Map<String, Entry> entries = new TreeMap<>();
  private final TreeSet<String> folders = new TreeSet<>();
  private boolean isWhole = true;

  /** Whether a file with this name is to be given with its contents. */
  static boolean isProgram(String name) {
    boolean isLibrary = name.endsWith(".so") || name.contains(".so.");
    return name.equals("init") || isLibrary || FOLDERS.stream().anyMatch(name::startsWith);
  }

  /**
   * Adds an entry.
   *
   * @param name without a slash before it
   * @param isLater whether its contents are those of another name that comes later (a hard link)
   * @param content of a link, or of a program; otherwise perhaps only its beginning
   */
  void add(String name, int mode, long size, boolean isLater, byte[] content) throws IOException {
    if (entries.size() >= MAX_NAMES) {
      isWhole = false;
      return;
    }
    boolean isLink = (mode & 0170000) == 0120000;
    ProgramImage image = null;
    if (isProgram(name) && !isLink) {
      image =
          isLater || content.length < size
              ? ProgramImage.UNREADABLE
              : ProgramImage.of(RandomAccessBytes.of(content));
    }
    if (name.contains(".so") && name.contains("/")) {
      folders.add("/" + name.substring(0, name.lastIndexOf('/')));
    }
    String target = isLink ? DiskFormat.latin(content) : null;
    entries.put("/" + name, new Entry(mode, isLater ? 1 : size, target, image));
  }

  /** Something in it could not be read. */
  void missPart() {
    isWhole = false;
  }

  @Override
  public FilePlace find(String path) {
    var rest = new ArrayDeque<>(parts(path));
    var at = new ArrayList<String>();
    int links = 0;
    boolean isLinked = false;
    while (!rest.isEmpty()) {
      String part = rest.poll();
      if (part.equals("..")) {
        if (!at.isEmpty()) {
          at.removeLast();
        }
        continue;
      }
      at.add(part);
      Entry entry = entries.get(joined(at));
      if (entry == null && (rest.isEmpty() || !isFolderOfOthers(joined(at)))) {
        return isWhole
            ? new FilePlace.AbsentFile(joined(at), isLinked)
            : new FilePlace.UnclearFile();
      }
      if (entry != null && entry.target() != null) {
        if (++links > MAX_LINKS) {
          return new FilePlace.CircularLink();
        }
        isLinked |= rest.isEmpty();
        at.removeLast();
        if (entry.target().startsWith("/")) {
          at.clear();
        }
        parts(entry.target()).reversed().forEach(rest::addFirst);
      }
    }
    Entry found = entries.get(joined(at));
    return found == null
        ? new FilePlace.PresentFile(joined(at), 0040755, 0, 0)
        : new FilePlace.PresentFile(joined(at), found.mode(), found.size(), 0);
  }

  /** Archives may leave folders out that their files are in. */
  private boolean isFolderOfOthers(String path) {
    String next = ((TreeMap<String, Entry>) entries).higherKey(path + "/");
    return next != null && next.startsWith(path + "/");
  }

  private static String joined(List<String> parts) {
    return "/" + String.join("/", parts);
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }

  @Override
  public ProgramImage read(FilePlace.PresentFile file) {
    Entry entry = entries.get(file.path());
    return entry == null || entry.image() == null ? ProgramImage.UNREADABLE : entry.image();
  }

  /** Every folder with libraries: what ld.so is told is not looked at. */
  @Override
  public List<String> foldersOfLibraries() {
    return List.copyOf(folders);
  }
}

package dev.visco.image.probe;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads folders and small files of an ext2, ext3 or ext4 file system without mounting it, by
 * debugfs(8) of e2fsprogs. The file system is not trusted: only plain names, which cannot be
 * commands, are passed to debugfs, files are read by their inodes, and their number and size are
 * limited.
 */
final class DebugFs {
  /** The maximum size of a file; configuration files are smaller. */
  static final long MAX_FILE_BYTES = 64 << 10;

  private static final int MAX_FILES = 128;
  private static final int MAX_LINKS = 8;
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final long MAX_FOLDER_BYTES = 1 << 20;
  private static final Pattern SIZE = Pattern.compile("User: .* Size: ([0-9]{1,18})");

  /**
   * A line of a listing. Names contain neither slashes nor zeros, so that none can imitate a line.
   */
  private static final Pattern LINE =
      Pattern.compile("/([0-9]{1,10})/([0-7]{6})/[0-9]+/[0-9]+/([^/]+)/([0-9]{0,18})/");

  /** A path that debugfs takes as one word. */
  private static final Pattern PLAIN = Pattern.compile("(/[A-Za-z0-9@._+-]+)+");

  /** A link's target may contain line ends, and so an imitation of this line. */
  private static final Pattern FAST_LINK =
      Pattern.compile("(?s)\nFast link dest: \"(.{0,256})\"\n$");

  private final Host host;
  private final Path disk;
  private final long offset;
  private final TreeSet<String> complaints = new TreeSet<>();
  private final Map<String, Map<String, FolderEntry>> folders = new LinkedHashMap<>();
  private int read;

  /**
   * @param disk its file name was chosen by Visco
   * @param offset of the file system in bytes
   */
  DebugFs(Host host, Path disk, long offset) {
    this.host = host;
    this.disk = disk.toAbsolutePath();
    this.offset = offset;
  }

  /** An entry of a folder. */
  record FolderEntry(String folder, String name, long inode, int mode, long size) {
    boolean isFile() {
      return (mode & 0170000) == 0100000;
    }

    boolean isLink() {
      return (mode & 0170000) == 0120000;
    }

    String path() {
      return folder + "/" + name;
    }
  }

  /** What could not be read, and why. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Lists these folders in one run of debugfs and keeps the results. */
  void load(List<String> paths) {
    List<String> wanted =
        paths.stream()
            .filter(path -> PLAIN.matcher(path).matches() && !folders.containsKey(path))
            .toList();
    if (wanted.isEmpty()) {
      return;
    }
    wanted.forEach(path -> folders.put(path, new TreeMap<>()));
    answers(
        "ls -p ",
        List.copyOf(listable(wanted)),
        (folder, line) -> {
          Matcher entry = LINE.matcher(line);
          if (entry.matches() && !entry.group(3).matches("\\.\\.?")) {
            add(folder, entry);
          }
        });
  }

  /** Those of these paths that are folders of limited size. */
  private Set<String> listable(List<String> paths) {
    var found = new TreeSet<String>();
    answers(
        "stat ",
        paths,
        (folder, line) -> {
          Matcher size = SIZE.matcher(line);
          if (size.matches() && Long.parseLong(size.group(1)) <= MAX_FOLDER_BYTES) {
            found.add(folder);
          } else if (size.matches()) {
            complaints.add(folder + " has " + size.group(1) + " bytes");
          }
        });
    return found;
  }

  /**
   * Makes the same request for several folders in one process, and passes on each line of the
   * answers.
   */
  private void answers(String request, List<String> paths, BiConsumer<String, String> lines) {
    if (paths.isEmpty()) {
      return;
    }
    // The dot makes debugfs follow a link to a folder.
    String echo = "debugfs: " + request;
    String commands =
        paths.stream().map(path -> request + path + "/.\n").collect(Collectors.joining());
    String folder = "";
    for (String line : debugfs(commands).lines().toList()) {
      if (line.startsWith(echo + "/") && line.endsWith("/.")) {
        folder = line.substring(echo.length(), line.length() - 2);
      } else if (!folder.isEmpty()) {
        lines.accept(folder, line);
      }
    }
  }

  private void add(String folder, Matcher entry) {
    String name = entry.group(3);
    Objects.requireNonNull(folders.get(folder))
        .put(
            name,
            new FolderEntry(
                folder,
                name,
                Long.parseLong(entry.group(1)),
                Integer.parseInt(entry.group(2), 8),
                entry.group(4).isEmpty() ? 0 : Long.parseLong(entry.group(4))));
  }

  /** The entries of a folder by name; none when it does not exist. */
  List<FolderEntry> list(String path) {
    load(List.of(path));
    return List.copyOf(folders.getOrDefault(path, Map.of()).values());
  }

  /** The entry with this path, which may be a link; empty when there is none. */
  Optional<FolderEntry> find(String path) {
    int slash = path.lastIndexOf('/');
    String folder = path.substring(0, Math.max(slash, 0));
    load(List.of(folder));
    return Optional.ofNullable(
        folders.getOrDefault(folder, Map.of()).get(path.substring(slash + 1)));
  }

  /**
   * The whole path that a link leads to, without following further links; its own path when it is
   * not a link.
   */
  String target(FolderEntry entry) {
    FolderEntry at = entry;
    for (int step = 0; step < MAX_LINKS && at.isLink(); step++) {
      Path path = Path.of(at.folder()).resolve(link(at)).normalize();
      Optional<FolderEntry> next = find(path.toString());
      if (next.isEmpty()) {
        return path.toString();
      }
      at = next.get();
    }
    return at.path();
  }

  private String link(FolderEntry entry) {
    Matcher fast = FAST_LINK.matcher(debugfs("stat <" + entry.inode() + ">\n"));
    // A target of 60 bytes or more is in a block of its own.
    String target = fast.find() ? fast.group(1) : entry.size() < 4096 ? content(entry) : "";
    return PLAIN.matcher("/" + target.replaceFirst("^/", "")).matches() ? target : ".";
  }

  /** The text of a small file, links followed; empty when it is not a file or too long. */
  Optional<String> text(FolderEntry entry) {
    Optional<FolderEntry> file = entry.isLink() ? find(target(entry)) : Optional.of(entry);
    if (file.isEmpty() || !file.get().isFile()) {
      return Optional.empty();
    }
    if (file.get().size() > MAX_FILE_BYTES) {
      complaints.add(readable(entry.path()) + " has " + file.get().size() + " bytes");
      return Optional.empty();
    }
    if (++read > MAX_FILES) {
      complaints.add("it has more than " + MAX_FILES + " files about it");
      return Optional.empty();
    }
    return Optional.of(content(file.get()));
  }

  private String content(FolderEntry entry) {
    // In a process of its own, so that a file's contents cannot imitate another answer.
    return run(Command.of("debugfs", "-R", "cat <" + entry.inode() + ">", file()));
  }

  private String debugfs(String commands) {
    return run(Command.of("debugfs", "-f", "-", file()).withInput(commands));
  }

  private String file() {
    return disk.getFileName() + (offset == 0 ? "" : "?offset=" + offset);
  }

  /** Runs debugfs. Its exit code is always 0; errors are on its error stream. */
  private String run(Command command) {
    // Started in the disk's folder: in a path, a question mark would begin debugfs's options.
    CommandResult result;
    try {
      result =
          host.run(
              command
                  .in(Objects.requireNonNull(disk.getParent()))
                  .withEnvironment(Map.of("LC_ALL", "C", "DEBUGFS_PAGER", "__none__"))
                  .within(DEADLINE));
    } catch (HostFault e) {
      complaints.add(readable(e.getMessage() + ""));
      return "";
    }
    var said = new ArrayList<>(result.error().lines().toList());
    said.removeIf(line ->
        line.isBlank()
            || line.matches("debugfs [0-9].*")
            || line.contains("File not found by ext2_lookup")
            || line.contains("is not a directory"));
    if (!said.isEmpty()) {
      complaints.add(readable(said.getFirst()));
    }
    return result.output();
  }

  /** One short line without control characters, for messages. */
  static String readable(String text) {
    String line = text.strip().replaceAll("\\s+", " ").replaceAll("[^ -~\\p{L}]", "?");
    return line.length() > 160 ? line.substring(0, 160) + "…" : line;
  }
}

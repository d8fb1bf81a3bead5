package dev.visco.image.probe;

import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.nio.file.Path;
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
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads folders and small files of an ext2, ext3 or ext4 file system without mounting it, by
 * debugfs(8) of e2fsprogs, unprivileged ({@link DiskTool}). The file system is not trusted: only
 * plain names, which cannot be commands, are passed to debugfs, files are read by their inodes, and
 * their number and size are limited.
 */
final class DebugFs implements RootReader {
  private static final int MAX_FILES = 128;
  private static final int MAX_LINKS = 8;
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

  /** How e2fsprogs names what is wrong on a disk (lib/ext2fs/ext2_err.et). */
  private static final Pattern DAMAGE =
      Pattern.compile(
          "(?i)checksum|corrupt|illegal|bad magic|short read|out of range|invalid (inode|block|extent)"
              + "|attempt to (read|write) block|seems to contain garbage|not in use|deleted inode");

  private final DiskTool tool;
  private final String disk;
  private final TreeSet<String> complaints = new TreeSet<>();
  private final TreeSet<String> damages = new TreeSet<>();
  private final TreeSet<String> unlisted = new TreeSet<>();
  private final Map<String, Map<String, FolderEntry>> folders = new LinkedHashMap<>();
  private int read;

  /**
   * @param disk its file name was chosen by Visco
   * @param offset of the file system in bytes
   */
  DebugFs(Host host, Path disk, long offset) {
    this.tool = new DiskTool(host, disk.toAbsolutePath());
    this.disk = DiskTool.DISK + (offset == 0 ? "" : "?offset=" + offset);
  }

  @Override
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public List<String> damages() {
    return List.copyOf(damages);
  }

  @Override
  public boolean isListed(String folder) {
    load(List.of(folder));
    return folders.containsKey(folder) && !unlisted.contains(folder);
  }

  /** In one run of debugfs. */
  @Override
  public void load(List<String> paths) {
    List<String> wanted =
        paths.stream()
            .filter(path -> PLAIN.matcher(path).matches() && !folders.containsKey(path))
            .toList();
    if (wanted.isEmpty()) {
      return;
    }
    wanted.forEach(path -> folders.put(path, new TreeMap<>()));
    Set<String> listable = listable(wanted);
    wanted.stream().filter(path -> !listable.contains(path)).forEach(unlisted::add);
    answers(
        "ls -p ",
        List.copyOf(listable),
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

  @Override
  public List<FolderEntry> list(String path) {
    load(List.of(path));
    return List.copyOf(folders.getOrDefault(path, Map.of()).values());
  }

  @Override
  public Optional<FolderEntry> find(String path) {
    int slash = path.lastIndexOf('/');
    // The dot stands for the top, whose own name would be empty.
    String folder = slash <= 0 ? "/." : path.substring(0, slash);
    load(List.of(folder));
    return Optional.ofNullable(
        folders.getOrDefault(folder, Map.of()).get(path.substring(slash + 1)));
  }

  @Override
  public String target(FolderEntry entry) {
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

  @Override
  public Optional<String> linkText(FolderEntry entry) {
    String text = link(entry);
    return text.equals(".") ? Optional.empty() : Optional.of(text);
  }

  private String link(FolderEntry entry) {
    Matcher fast = FAST_LINK.matcher(debugfs("stat <" + entry.inode() + ">\n"));
    // A target of 60 bytes or more is in a block of its own.
    String target = fast.find() ? fast.group(1) : entry.size() < 4096 ? content(entry) : "";
    return PLAIN.matcher("/" + target.replaceFirst("^/", "")).matches() ? target : ".";
  }

  @Override
  public Optional<String> text(FolderEntry entry) {
    Optional<FolderEntry> file = entry.isLink() ? find(target(entry)) : Optional.of(entry);
    if (file.isEmpty() || !file.get().isFile()) {
      return Optional.empty();
    }
    if (file.get().size() > MAX_FILE_BYTES) {
      complaints.add(ReadableLine.of(entry.path()) + " has " + file.get().size() + " bytes");
      return Optional.empty();
    }
    if (++read > MAX_FILES) {
      complaints.add("it has more than " + MAX_FILES + " files about it");
      return Optional.empty();
    }
    return Optional.of(content(file.get()));
  }

  @Override
  public String content(FolderEntry entry) {
    // In a process of its own, so that a file's contents cannot imitate another answer.
    return said(() -> tool.run("", "debugfs", "-R", "cat <" + entry.inode() + ">", disk));
  }

  @Override
  public boolean copy(String path, Path to, long max) {
    Optional<FolderEntry> entry = find(path);
    Optional<FolderEntry> file =
        entry.filter(FolderEntry::isLink).isPresent() ? find(target(entry.get())) : entry;
    if (file.isEmpty() || !file.get().isFile() || file.get().size() > max) {
      return false;
    }
    return copy(file.get().inode(), file.get().size(), to, max);
  }

  @Override
  public boolean copy(long inode, long size, Path to, long max) {
    if (size > max) {
      return false;
    }
    said(() -> tool.copy(to, size, "debugfs", "-R", "cat <" + inode + ">", disk));
    return to.toFile().length() == size;
  }

  private String debugfs(String commands) {
    return said(() -> tool.run(commands, "debugfs", "-f", "-", disk));
  }

  /** Runs debugfs. Its exit code is always 0; errors are on its error stream. */
  private String said(Supplier<CommandResult> run) {
    CommandResult result;
    try {
      result = run.get();
    } catch (HostFault e) {
      complaints.add(ReadableLine.of(e.getMessage() + ""));
      return "";
    }
    var said = new ArrayList<>(result.error().lines().toList());
    said.removeIf(line ->
        line.isBlank()
            || line.matches("debugfs [0-9].*")
            || line.contains("File not found by ext2_lookup")
            || line.contains("is not a directory"));
    if (!said.isEmpty()) {
      complaints.add(ReadableLine.of(said.getFirst()));
    }
    said.stream()
        .filter(line -> DAMAGE.matcher(line).find() && !line.contains("unsupported"))
        .findFirst()
        .ifPresent(line -> damages.add(ReadableLine.of(line)));
    return result.output();
  }
}

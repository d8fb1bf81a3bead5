package dev.visco.image.probe;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a squashfs or an erofs out of a folder that it was unpacked to. Its links lead nowhere out
 * of that folder: each is followed here, name by name.
 */
final class UnpackedRoot implements RootReader {
  private static final String NAME = "unpacked-root";
  private static final int MAX_LINKS = 40;
  private static final int MAX_NAMES = 100_000;
  private static final Pattern PLAIN_LINK =
      Pattern.compile("/?[A-Za-z0-9@._+-]+(/[A-Za-z0-9@._+-]+)*/?");

  private final @Nullable Path tree;
  private final TreeSet<String> complaints = new TreeSet<>();
  private final List<String> damages;
  private final Map<Long, Path> files = new HashMap<>();

  /**
   * @param tree null when it could not be unpacked
   */
  private UnpackedRoot(@Nullable Path tree, List<String> damages, List<String> complaints) {
    this.tree = tree;
    this.damages = damages;
    this.complaints.addAll(complaints);
  }

  /** Unpacks a root beside its disk, unless that was done already. */
  static UnpackedRoot of(Host host, Path disk, RootProbe root) {
    Path folder = disk.resolveSibling(NAME);
    Path done = folder.resolve("tree");
    if (Files.isDirectory(done)) {
      return new UnpackedRoot(done, List.of(), List.of());
    }
    RootUnpacking.Unpacked found = new RootUnpacking(host, disk, root).to(folder);
    if (!found.isWhole()) {
      DurableFiles.deleteTree(folder);
      return new UnpackedRoot(null, found.damages(), found.complaints());
    }
    return new UnpackedRoot(done, List.of(), List.of());
  }

  /** Whether there is anything to read. */
  boolean isThere() {
    return tree != null;
  }

  @Override
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public List<String> damages() {
    return damages;
  }

  @Override
  public void load(List<String> paths) {
    // All of it is here.
  }

  @Override
  public boolean isListed(String folder) {
    return place(folder)
        .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
        .isPresent();
  }

  @Override
  public List<FolderEntry> list(String path) {
    var found = new ArrayList<FolderEntry>();
    Optional<Path> folder =
        place(path).filter(one -> Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS));
    if (folder.isEmpty()) {
      return found;
    }
    try (var entries = Files.newDirectoryStream(folder.get())) {
      for (Path entry : entries) {
        if (found.size() == MAX_NAMES) {
          complaints.add(path + " has more than " + MAX_NAMES + " entries");
          break;
        }
        found.add(entry(path, entry));
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder.get() + ": " + HostFault.words(e), e);
    }
    return found;
  }

  private FolderEntry entry(String folder, Path file) throws IOException {
    var facts = Files.readAttributes(file, "unix:mode,ino,size", LinkOption.NOFOLLOW_LINKS);
    long inode = number(facts, "ino");
    files.put(inode, file);
    return new FolderEntry(
        folder,
        file.getFileName().toString(),
        inode,
        (int) number(facts, "mode"),
        number(facts, "size"));
  }

  private static long number(Map<String, Object> facts, String name) {
    return ((Number) Objects.requireNonNull(facts.get(name))).longValue();
  }

  @Override
  public Optional<FolderEntry> find(String path) {
    int slash = path.lastIndexOf('/');
    String folder = slash <= 0 ? "/." : path.substring(0, slash);
    Optional<Path> file =
        place(folder)
            .map(place -> place.resolve(path.substring(slash + 1)))
            .filter(place -> Files.exists(place, LinkOption.NOFOLLOW_LINKS));
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(entry(folder, file.get()));
    } catch (IOException e) {
      throw new HostFault("cannot read " + file.get() + ": " + HostFault.words(e), e);
    }
  }

  /** Where a path leads in the tree, links followed; empty when it leads to nothing. */
  private Optional<Path> place(String path) {
    var rest = new ArrayDeque<>(parts(path));
    var at = new ArrayDeque<String>();
    int links = 0;
    while (tree != null && !rest.isEmpty()) {
      String part = rest.poll();
      if (part.equals("..")) {
        at.pollLast();
        continue;
      }
      at.add(part);
      Path here = tree.resolve(String.join("/", at));
      if (Files.isSymbolicLink(here)) {
        if (++links > MAX_LINKS) {
          return Optional.empty();
        }
        String target = read(here);
        at.pollLast();
        if (target.startsWith("/")) {
          at.clear();
        }
        parts(target).reversed().forEach(rest::addFirst);
      } else if (!Files.exists(here, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
    }
    return tree == null ? Optional.empty() : Optional.of(tree.resolve(String.join("/", at)));
  }

  /** The path of a folder in the tree without links in it. */
  private Path real(String folder) {
    Path top = Path.of("/");
    return tree == null
        ? top
        : place(folder).map(place -> top.resolve(tree.relativize(place))).orElse(top);
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }

  private static String read(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new HostFault("cannot read " + link + ": " + HostFault.words(e), e);
    }
  }

  @Override
  public String target(FolderEntry entry) {
    FolderEntry at = entry;
    for (int step = 0; step < MAX_LINKS && at.isLink(); step++) {
      String path = real(at.folder()).resolve(linkText(at).orElse(".")).normalize().toString();
      Optional<FolderEntry> next = find(path);
      if (next.isEmpty()) {
        return path;
      }
      at = next.get();
    }
    return at.path();
  }

  @Override
  public Optional<String> linkText(FolderEntry entry) {
    return Optional.ofNullable(files.get(entry.inode()))
        .filter(Files::isSymbolicLink)
        .map(UnpackedRoot::read)
        .filter(text -> PLAIN_LINK.matcher(text).matches());
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
    return Optional.of(content(file.get()));
  }

  @Override
  public String content(FolderEntry entry) {
    Path file = files.get(entry.inode());
    try {
      return file == null || !entry.isFile()
          ? ""
          : new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + HostFault.words(e), e);
    }
  }

  @Override
  public boolean copy(String path, Path to, long max) {
    Optional<Path> file =
        place(path).filter(one -> Files.isRegularFile(one, LinkOption.NOFOLLOW_LINKS));
    return file.isPresent() && copied(file.get(), to, max);
  }

  @Override
  public boolean copy(long inode, long size, Path to, long max) {
    Path file = files.get(inode);
    return file != null
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && copied(file, to, Math.min(size, max));
  }

  private static boolean copied(Path file, Path to, long max) {
    try {
      if (Files.size(file) > max) {
        return false;
      }
      Files.copy(file, to);
      return true;
    } catch (IOException e) {
      throw new HostFault("cannot copy " + file + ": " + HostFault.words(e), e);
    }
  }
}

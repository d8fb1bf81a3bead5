package dev.visco.image.probe;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Programs of an ext file system that is not mounted. */
final class DiskFiles implements ProgramFiles {
  /** Larger programs are not read; systemd has 1.5 MiB, a Node 100 MiB. */
  private static final long MAX_PROGRAM = 64 << 20;

  /** Linux, include/linux/namei.h, MAXSYMLINKS. */
  private static final int MAX_LINKS = 40;

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9@._+-]+");

  private static final List<String> USUAL =
      List.of(
          "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu",
          "/lib64",
          "/usr/lib64",
          "/lib",
          "/usr/lib",
          "/usr/local/lib",
          "/usr/local/lib64");

  private final RootReader disk;
  private final Path folder;
  private final Map<Long, ProgramImage> images = new HashMap<>();
  private final Map<String, FilePlace> places = new HashMap<>();
  private List<String> libraries = List.of();
  private int links;

  /**
   * @param folder for copies of programs, a path of plain characters
   */
  DiskFiles(RootReader disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  @Override
  public FilePlace find(String path) {
    FilePlace known = places.get(path);
    if (known == null) {
      links = 0;
      known = walk(path);
      places.put(path, known);
    }
    return known;
  }

  /** The text of a small file, links followed; empty when it is not there. */
  Optional<String> text(String path) {
    return find(path) instanceof FilePlace.PresentFile file
            && file.isPlain()
            && file.size() <= RootReader.MAX_FILE_BYTES
        ? disk.find(file.path()).flatMap(disk::text)
        : Optional.empty();
  }

  /** The names in a folder, links followed; none when it is not there. */
  List<String> names(String path) {
    return find(path) instanceof FilePlace.PresentFile file && file.isFolder()
        ? disk.list(file.path()).stream().map(RootReader.FolderEntry::name).toList()
        : List.of();
  }

  /** Whether the last part of a path is a link to this target. */
  boolean leadsTo(String path, String target) {
    return disk.find(path)
        .filter(RootReader.FolderEntry::isLink)
        .flatMap(disk::linkText)
        .filter(target::equals)
        .isPresent();
  }

  private FilePlace walk(String path) {
    var rest = new ArrayDeque<>(parts(path));
    var at = new ArrayList<String>();
    boolean isLinked = false;
    FilePlace here = new FilePlace.PresentFile("/", 0040755, 0, 2);
    while (!rest.isEmpty()) {
      String part = rest.poll();
      if (part.equals("..")) {
        if (!at.isEmpty()) {
          at.removeLast();
        }
        here = new FilePlace.PresentFile("/" + String.join("/", at), 0040755, 0, 2);
        continue;
      }
      String parent = at.isEmpty() ? "/." : "/" + String.join("/", at);
      if (!PLAIN.matcher(part).matches() || !disk.isListed(parent)) {
        return new FilePlace.UnclearFile();
      }
      Optional<RootReader.FolderEntry> entry =
          disk.list(parent).stream().filter(one -> one.name().equals(part)).findFirst();
      at.add(part);
      String whole = "/" + String.join("/", at);
      if (entry.isEmpty()) {
        return disk.complaints().isEmpty()
            ? new FilePlace.AbsentFile(whole, isLinked)
            : new FilePlace.UnclearFile();
      }
      if (entry.get().isLink()) {
        Optional<String> text = disk.linkText(entry.get());
        if (text.isEmpty()) {
          return new FilePlace.UnclearFile();
        }
        if (++links > MAX_LINKS) {
          return new FilePlace.CircularLink();
        }
        isLinked |= rest.isEmpty();
        at.removeLast();
        if (text.get().startsWith("/")) {
          at.clear();
        }
        parts(text.get()).reversed().forEach(rest::addFirst);
        continue;
      }
      here =
          new FilePlace.PresentFile(
              whole, entry.get().mode(), entry.get().size(), entry.get().inode());
      if (!rest.isEmpty() && !((FilePlace.PresentFile) here).isFolder()) {
        return new FilePlace.AbsentFile(whole + "/" + rest.peek(), isLinked);
      }
    }
    return here;
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }

  @Override
  public ProgramImage read(FilePlace.PresentFile file) {
    return images.computeIfAbsent(file.inode(), inode -> copied(inode, file.size()));
  }

  private ProgramImage copied(long inode, long size) {
    Path copy = folder.resolve("looked-at-" + inode);
    try {
      if (!disk.copy(inode, size, copy, MAX_PROGRAM)) {
        return ProgramImage.UNREADABLE;
      }
      try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.READ)) {
        return ProgramImage.of(RandomAccessBytes.of(channel));
      }
    } catch (java.io.EOFException e) {
      return ProgramImage.UNREADABLE;
    } catch (IOException e) {
      throw new HostFault("cannot read " + copy + ": " + e.getMessage(), e);
    } finally {
      remove(copy);
    }
  }

  private static void remove(Path copy) {
    try {
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      throw new HostFault("cannot remove " + copy + ": " + e.getMessage(), e);
    }
  }

  /** The usual ones and those that ld.so's configuration names, of glibc and of musl. */
  @Override
  public List<String> foldersOfLibraries() {
    libraries = libraries.isEmpty() ? configuredFolders() : libraries;
    return libraries;
  }

  private List<String> configuredFolders() {
    var found = new ArrayList<>(USUAL);
    var files = new ArrayList<>(List.of("/etc/ld.so.conf", "/etc/ld-musl-x86_64.path"));
    names("/etc/ld.so.conf.d").forEach(name -> files.add("/etc/ld.so.conf.d/" + name));
    for (String file : files) {
      for (String line : text(file).orElse("").split("[\n:]")) {
        if (line.strip().startsWith("/")) {
          found.add(line.strip());
        }
      }
    }
    return found;
  }
}

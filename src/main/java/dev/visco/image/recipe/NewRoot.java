package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A root file system that is being made. Paths are resolved as in the guest: an absolute link like
 * {@code /var/run} to {@code /run} starts at this root, and no path leads out of it. Nobody else
 * changes it meanwhile.
 */
record NewRoot(Path folder) {
  /** The maximum number of links that the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  /** The existing part of a path, and the names that do not exist yet. */
  private record FoundPath(Path path, List<String> missing) {}

  /**
   * The host's path of a guest's path, all links followed; empty when it does not exist or has too
   * many links.
   */
  Optional<Path> find(String path) throws IOException {
    return walk(parts(path)).filter(found -> found.missing().isEmpty()).map(FoundPath::path);
  }

  /** The folder with this path, created with its parents if needed. */
  Path makeFolder(String path) throws IOException {
    FoundPath found =
        walk(parts(path))
            .orElseThrow(() ->
                Refused.invalid(
                    "files.target",
                    path,
                    "leads through more than " + MAX_LINKS + " links in the image",
                    "Give the path that they lead to."));
    Path at = found.path();
    for (String name : found.missing()) {
      at = at.resolve(name);
      Files.createDirectory(at);
      Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
      throw Refused.invalid(
          "files.target", path, "is no folder in the image", "Give a path in a folder.");
    }
    return at;
  }

  /**
   * Writes a file; replaces a file or link of this name.
   *
   * @param target the absolute path in the guest
   * @param mode like {@code rw-r--r--}
   */
  void write(String target, byte[] content, String mode) throws IOException {
    List<String> parts = parts(target);
    if (parts.isEmpty() || parts.getLast().equals("..")) {
      throw Refused.invalid("files.target", target, "names no file", "Give a file's path.");
    }
    Path folder = makeFolder(String.join("/", parts.subList(0, parts.size() - 1)));
    Path file = folder.resolve(parts.getLast());
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw Refused.invalid(
          "files.target", target, "is a folder in the image", "Give the path of a file.");
    }
    Files.deleteIfExists(file);
    var permissions = PosixFilePermissions.fromString(mode);
    try (var channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      var bytes = java.nio.ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    Files.setPosixFilePermissions(file, permissions);
  }

  private Optional<FoundPath> walk(List<String> path) throws IOException {
    var ahead = new ArrayDeque<>(path);
    Path at = folder;
    int links = 0;
    while (!ahead.isEmpty()) {
      String part = ahead.pop();
      if (part.equals("..")) {
        at = at.equals(folder) ? folder : Objects.requireNonNull(at.getParent());
        continue;
      }
      Path next = at.resolve(part);
      if (Files.isSymbolicLink(next)) {
        if (++links > MAX_LINKS) {
          return Optional.empty();
        }
        String target = Files.readSymbolicLink(next).toString();
        at = target.startsWith("/") ? folder : at;
        parts(target).reversed().forEach(ahead::push);
      } else if (Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        at = next;
      } else {
        ahead.push(part);
        return ahead.contains("..")
            ? Optional.empty()
            : Optional.of(new FoundPath(at, List.copyOf(ahead)));
      }
    }
    return Optional.of(new FoundPath(at, List.of()));
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/", -1))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }
}

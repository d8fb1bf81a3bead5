package dev.visco.host;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the host's programs. The PATH of cron and of a plain {@code su} has no {@code sbin}, and a
 * service may have no PATH at all; so the usual folders are always searched first, then the others
 * in PATH.
 */
public final class Programs {
  /** The folders where distributions and administrators install programs, see hier(7). */
  public static final List<Path> FOLDERS =
      Stream.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
          .map(Path::of)
          .toList();

  private static final List<Path> ALL = folders(System.getenv("PATH"));

  private Programs() {}

  /**
   * {@link #FOLDERS}, then the absolute folders of a PATH, each once.
   *
   * @param path as in the environment; null when it is not set
   */
  static List<Path> folders(@Nullable String path) {
    var folders = new ArrayList<>(FOLDERS);
    for (String name : path == null ? new String[0] : path.split(":", -1)) {
      try {
        if (name.startsWith("/") && !folders.contains(Path.of(name))) {
          folders.add(Path.of(name));
        }
      } catch (InvalidPathException e) {
        // A folder with an invalid name holds no program that could be started.
      }
    }
    return List.copyOf(folders);
  }

  /** The path of the program of this name; empty when this host has none. */
  public static Optional<Path> find(String name) {
    return find(name, ALL);
  }

  /** As {@link #find(String)}, in these folders; the first one that has the program counts. */
  public static Optional<Path> find(String name, List<Path> folders) {
    return folders.stream()
        .map(folder -> folder.resolve(name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** PATH for processes that Visco starts, so that they find programs where Visco does. */
  public static String path() {
    return ALL.stream().map(Path::toString).collect(Collectors.joining(":"));
  }

  /**
   * The command line with its program's whole path; a name that contains a slash is kept.
   *
   * @throws HostFault when this host has no such program
   */
  static List<String> located(List<String> arguments) {
    String name = arguments.getFirst();
    if (name.indexOf('/') >= 0) {
      return arguments;
    }
    var located = new ArrayList<>(arguments);
    located.set(
        0,
        find(name)
            .orElseThrow(() ->
                new HostFault(
                    "cannot start "
                        + name
                        + ": there is no such program in "
                        + path().replace(":", ", ")
                        + ". Install it; preparing this host for Visco installs what Debian's packages have."))
            .toString());
    return located;
  }
}

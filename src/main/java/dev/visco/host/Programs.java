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
 * Where the host's programs are. Cron's PATH and that of a plain {@code su} have no {@code sbin},
 * and a service may have none at all; so the usual folders come first, always, and what else PATH
 * names comes after them.
 */
public final class Programs {
  /** Where distributions and their administrators install programs, see hier(7). */
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
        // Nothing can be started from a folder that cannot be named.
      }
    }
    return List.copyOf(folders);
  }

  /** The program of this name, empty when this host has none. */
  public static Optional<Path> find(String name) {
    return find(name, ALL);
  }

  /** The same in folders of the caller's choice; the first that has it counts. */
  public static Optional<Path> find(String name, List<Path> folders) {
    return folders.stream()
        .map(folder -> folder.resolve(name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** PATH for what Visco starts, so that a program finds others where Visco finds them. */
  public static String path() {
    return ALL.stream().map(Path::toString).collect(Collectors.joining(":"));
  }

  /**
   * A command line whose program is named by its whole path; a name with a slash stays.
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
                        + ": this host has no such program in "
                        + path().replace(":", ", ")
                        + ". Install it; preparing this host for Visco installs what Debian's packages have."))
            .toString());
    return located;
  }
}

package dev.visco.upgrade;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Programs;
import dev.visco.host.Waiting;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** dpkg(1) and apt-get(8), as far as an upgrade needs them. */
public final class DebianPackages {
  private static final Duration LONG = Duration.ofMinutes(15);
  private static final Duration LOCKED = Duration.ofMinutes(5);
  private static final Path ADMIN = Path.of("/var/lib/dpkg");
  private static final int WORDS_LINES = 5;

  /** What apt would install, of a simulation. */
  private static final Pattern ADDED = Pattern.compile("(?m)^Inst (\\S+)");

  /** A file with other content than its package's, but for configuration files (dpkg(1)). */
  private static final Pattern CHANGED = Pattern.compile("(?m)^\\S{7,9} {3,5}(/.*)$");

  private final Host host;
  private final Path admin;
  private final Consumer<List<String>> installer;

  /**
   * @param installer installs packages by name from the host's sources
   */
  public DebianPackages(Host host, Consumer<List<String>> installer) {
    this(host, ADMIN, installer);
  }

  /**
   * @param admin dpkg's folder, for its locks
   */
  DebianPackages(Host host, Path admin, Consumer<List<String>> installer) {
    this.host = host;
    this.admin = admin;
    this.installer = installer;
  }

  /** The version of a package that dpkg has unpacked, whole or not; empty when there is none. */
  public Optional<String> installed(String name) {
    CommandResult shown =
        host.run(
            Command.of(
                "dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", name));
    String[] words = shown.output().strip().split(" ", 2);
    return shown.succeeded()
            && words.length == 2
            && !List.of("not-installed", "config-files").contains(words[0])
        ? Optional.of(words[1])
        : Optional.empty();
  }

  /** The architecture that this host installs. */
  String architecture() {
    return host.check(Command.of("dpkg", "--print-architecture")).output().strip();
  }

  /** By Debian's order of versions (deb-version(7)). */
  boolean isOlder(String version, String than) {
    return host.run(Command.of("dpkg", "--compare-versions", version, "lt", than)).succeeded();
  }

  /**
   * Reads a package from its beginning to its end; refused when it is none, or cut off.
   *
   * @param given its name in a refusal, which is that of the file that the caller has
   */
  PackageFile read(Path file, Path given) {
    CommandResult shown =
        host.run(
            Command.of(
                "dpkg-deb",
                "--show",
                "--showformat=${Package}\\n${Version}\\n${Architecture}\\n",
                file.toString()));
    List<String> fields = shown.output().lines().toList();
    if (!shown.succeeded() || fields.size() != 3) {
      throw Refused.invalid(
          "FILE", given.toString(), "is no Debian package: " + words(shown), "Name a .deb.");
    }
    CommandResult listed =
        host.run(Command.of("dpkg-deb", "--contents", file.toString()).within(LONG));
    if (!listed.succeeded()) {
      throw Refused.invalid(
          "FILE", given.toString(), "is damaged: " + words(listed), "Copy it here once more.");
    }
    return new PackageFile(file, fields.get(0), fields.get(1), fields.get(2));
  }

  /**
   * Installs what a package depends on and this host lacks; refused when that is not to be had, or
   * only in place of something else. Nothing happens without apt-get: dpkg says then what is
   * missing.
   */
  void installDependencies(PackageFile wanted) {
    if (Programs.find("apt-get").isEmpty()) {
      return;
    }
    CommandResult plan = simulate(wanted);
    if (!plan.succeeded()) {
      host.run(apt("update", "-q"));
      plan = simulate(wanted);
    }
    if (!plan.succeeded()) {
      throw new Refused(
          new Refusal.HostLacks(
              "packages",
              "apt cannot install what "
                  + wanted.name()
                  + " "
                  + wanted.version()
                  + " depends on: "
                  + words(plan),
              "Correct this host's package sources (apt-get check), and try again."));
    }
    List<String> added =
        ADDED
            .matcher(plan.output())
            .results()
            .map(found -> found.group(1))
            .filter(name -> !name.equals(wanted.name()))
            .toList();
    if (!added.isEmpty()) {
      installer.accept(added);
    }
  }

  private CommandResult simulate(PackageFile wanted) {
    return host.run(
        apt(
            "--simulate",
            "--quiet",
            "--no-remove",
            "--no-install-recommends",
            "--allow-downgrades",
            "install",
            wanted.file().toString()));
  }

  private static Command apt(String... arguments) {
    var all = new ArrayList<>(List.of("apt-get"));
    all.addAll(List.of(arguments));
    var environment = new HashMap<>(ChildEnvironment.proxies(System.getenv()));
    environment.put("DEBIAN_FRONTEND", "noninteractive");
    return Command.of(all).withEnvironment(environment).within(LONG);
  }

  /**
   * Installs a package over the one that is there, waiting for another program that installs
   * something. Settings that somebody has changed stay.
   *
   * @param checked a folder whose files must be the package's afterwards
   * @return what went wrong; empty when all is installed
   */
  Optional<String> install(String name, Path file, Path checked) {
    awaitLocks();
    CommandResult result =
        host.run(
            Command.of("dpkg", "--force-confold", "--install", file.toString())
                .withEnvironment(Map.of("DEBIAN_FRONTEND", "noninteractive"))
                .within(LONG));
    if (!result.succeeded()) {
      return Optional.of("dpkg could not install it: " + words(result));
    }
    Matcher changed =
        CHANGED.matcher(host.run(Command.of("dpkg", "--verify", name).within(LONG)).output());
    while (changed.find()) {
      if (Path.of(changed.group(1)).startsWith(checked)) {
        return Optional.of("its file " + changed.group(1) + " is not as the package was made");
      }
    }
    return Optional.empty();
  }

  /** The locks that dpkg takes by fcntl(2), and gives up at once when another process has them. */
  private void awaitLocks() {
    if (!Waiting.until(LOCKED, () -> isFree("lock-frontend") && isFree("lock"))) {
      throw new HostFault(
          "another program has been installing packages for "
              + LOCKED.toMinutes()
              + " minutes (lslocks names who has "
              + admin.resolve("lock")
              + ")");
    }
  }

  private boolean isFree(String name) {
    Path file = admin.resolve(name);
    if (!Files.exists(file)) {
      return true;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE);
        var lock = channel.tryLock()) {
      return lock != null;
    } catch (IOException e) {
      throw new HostFault("cannot lock " + file + ": " + HostFault.words(e), e);
    }
  }

  /** Unpacks a package's files into a folder. */
  void unpack(Path file, Path folder) {
    host.check(
        Command.of("dpkg-deb", "--extract", file.toString(), folder.toString()).within(LONG));
  }

  /** The paths of an installed package, as dpkg lists them. */
  List<Path> files(String name) {
    return host.check(Command.of("dpkg-query", "--listfiles", name))
        .output()
        .lines()
        .filter(line -> line.startsWith("/")) // Others tell of diversions.
        .map(Path::of)
        .toList();
  }

  /** The files of an installed package's maintainer, like {@code visco.postinst}. */
  List<Path> controlFiles(String name) {
    return host.check(Command.of("dpkg-query", "--control-path", name))
        .output()
        .lines()
        .map(Path::of)
        .toList();
  }

  /** The description of an installed package, with what only dpkg's own list has in it. */
  String status(String name) {
    return host.check(Command.of("dpkg-query", "--status", name)).output();
  }

  /**
   * Builds a package from a folder with its files and {@code DEBIAN}, without compression. The
   * folder is opened to all first: tar gives the root folder it is extracted to the same mode.
   */
  void build(Path tree, Path file) throws IOException {
    Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
    host.check(
        Command.of(
                "dpkg-deb",
                "--root-owner-group",
                "-Znone",
                "--build",
                tree.toString(),
                file.toString())
            .within(LONG));
  }

  /** Copies files and links below a folder, by their whole paths, as they are. */
  void copy(List<Path> files, Path tree) {
    var arguments =
        new ArrayList<>(
            List.of("cp", "--archive", "--parents", "--target-directory=" + tree, "--"));
    Path root = Path.of("/");
    files.forEach(file -> arguments.add(root.relativize(file).toString()));
    host.check(Command.of(arguments).in(root).within(LONG));
  }

  /** The last lines that a command said, in one. */
  private static String words(CommandResult result) {
    List<String> lines =
        (result.error().isBlank() ? result.output() : result.error())
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    return lines.subList(Math.max(0, lines.size() - WORDS_LINES), lines.size()).stream()
        .collect(Collectors.joining("; "));
  }
}

package dev.visco.upgrade;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A host on which dpkg's list of installed packages is played, so that nothing is installed on the
 * real one: a package's paths lie below a test's folder, and its files are really there. What reads
 * and builds packages is the real dpkg-deb.
 */
final class PlayedPackages extends WrappedHost {
  static final String NAME = "visco";

  /** The installed program's folder, with a file {@code version} and its settings' originals. */
  final Path home;

  private final Path folder;
  private final Path settings;

  /** What dpkg says of the package; null for none. */
  String installed = "";

  /** What apt would install besides, and what it says when it cannot. */
  List<String> missing = new ArrayList<>();

  String aptFails = "";

  /** Versions that dpkg fails to configure, and a line of {@code dpkg --verify}. */
  final List<String> unconfigurable = new ArrayList<>();

  String verified = "";
  final List<String> effects = new ArrayList<>();
  Consumer<String> before = _ -> {};
  Consumer<String> after = _ -> {};

  PlayedPackages(Path folder) {
    super(new LinuxHost());
    this.folder = folder;
    this.home = folder.resolve("root/usr/lib/visco");
    this.settings = folder.resolve("root/etc/visco/visco.toml");
  }

  /** Builds a package of this version. */
  Path build(String version) {
    return build(NAME, version, "amd64");
  }

  Path build(String name, String version, String architecture) {
    try {
      Path tree = Files.createTempDirectory(folder, "tree");
      Path file = folder.resolve(name + "_" + version + "_" + architecture + ".deb");
      write(below(tree, home.resolve("version")), version);
      write(below(tree, settings), "# of " + version);
      write(below(tree, home.resolve("conffiles" + settings)), "# of " + version);
      write(tree.resolve("DEBIAN/control"), control(name, version, architecture));
      write(tree.resolve("DEBIAN/conffiles"), settings + "\n");
      // The root folder that it is extracted to gets this mode.
      Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
      host()
          .check(
              Command.of(
                  "dpkg-deb", "-Znone", "--root-owner-group", "--build", tree + "", file + ""));
      DurableFiles.deleteTree(tree);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String control(String name, String version, String architecture) {
    return """
    Package: %s
    Version: %s
    Architecture: %s
    Maintainer: Nobody <nobody@example.com>
    Description: a program
     of a test
    """
        .formatted(name, version, architecture);
  }

  private static Path below(Path tree, Path file) {
    return tree.resolve(Path.of("/").relativize(file));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }

  /** The version of the program whose files are installed. */
  String program() {
    try {
      return Files.readString(home.resolve("version"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path settings() {
    return settings;
  }

  @Override
  public CommandResult run(Command command) {
    List<String> words = command.arguments();
    return switch (words.getFirst()) {
      case "dpkg-query" -> query(words);
      case "dpkg" -> dpkg(words, command);
      case "apt-get" -> apt(words);
      default -> host().run(command);
    };
  }

  private CommandResult query(List<String> words) {
    if (installed.isEmpty()) {
      return new CommandResult(1, "", "dpkg-query: no packages found matching visco");
    }
    return said(
        switch (words.get(1)) {
          case "--show" -> "installed " + installed;
          case "--listfiles" ->
              "/.\n"
                  + home
                  + "\n"
                  + home.resolve("version")
                  + "\n"
                  + settings
                  + "\n"
                  + home.resolve("conffiles" + settings)
                  + "\n"
                  + home.resolve("excluded")
                  + "\n";
          case "--control-path" -> conffiles() + "\n";
          case "--status" ->
              control(NAME, installed, "amd64")
                  .replace(
                      "Version:",
                      "Status: install ok installed\nConffiles:\n " + settings + " 0123\nVersion:");
          default -> throw new AssertionError(words);
        });
  }

  private Path conffiles() {
    try {
      return Files.writeString(folder.resolve("visco.conffiles"), settings + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CommandResult dpkg(List<String> words, Command command) {
    return switch (words.get(1)) {
      case "--print-architecture" -> said("amd64\n");
      case "--verify" -> said(verified);
      case "--compare-versions" -> host().run(command);
      default -> install(Path.of(words.getLast()));
    };
  }

  /** Settings that somebody has changed stay, as with --force-confold. */
  CommandResult install(Path file) {
    before.accept("install");
    String version =
        host().check(Command.of("dpkg-deb", "--field", file + "", "Version")).output().strip();
    try {
      String mine = Files.exists(settings) ? Files.readString(settings) : "# of";
      installed = version;
      // Not into the host's root itself: tar would give its folders the package's modes.
      Path content = Files.createTempDirectory(folder, "content");
      host().check(Command.of("dpkg-deb", "--extract", file + "", content + ""));
      host().check(Command.of("cp", "-r", "--", below(content, folder) + "/.", folder + ""));
      DurableFiles.deleteTree(content);
      if (!mine.startsWith("# of")) {
        Files.writeString(settings, mine);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    effects.add("install " + version);
    after.accept("install");
    return unconfigurable.contains(version)
        ? new CommandResult(1, "", "dpkg: error processing package visco (--install):\n postinst")
        : said("");
  }

  private CommandResult apt(List<String> words) {
    if (words.contains("update")) {
      effects.add("apt-get update");
      return said("");
    }
    if (!aptFails.isEmpty()) {
      return new CommandResult(100, "", aptFails);
    }
    var lines = new StringBuilder("Inst visco [1] (2 local-deb [amd64])\n");
    missing.forEach(name -> lines.append("Inst ").append(name).append(" (1 Debian:12)\n"));
    return said(lines.toString());
  }

  private static CommandResult said(String text) {
    return new CommandResult(0, text, "");
  }
}

package dev.visco.upgrade;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;

/**
 * Puts an installed package together again from its files, for the way back: nobody keeps the file
 * that it came from.
 */
final class OldPackage {
  private final DebianPackages packages;
  private final String name;
  private final Path originals;

  /**
   * @param originals where the package keeps its configuration files as it brought them, by their
   *     whole paths: those on the host may have been changed, and dpkg would then take the changed
   *     ones for its own and replace them at the next upgrade
   */
  OldPackage(DebianPackages packages, String name, Path originals) {
    this.packages = packages;
    this.name = name;
    this.originals = originals;
  }

  /**
   * Writes the package.
   *
   * @param tree where its files are laid out, and stay
   */
  void write(Path tree, Path file) {
    try {
      Files.createDirectory(tree);
      List<Path> there =
          packages.files(name).stream()
              .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
              .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
              .toList();
      packages.copy(there, tree);
      Path control = Files.createDirectory(tree.resolve("DEBIAN"));
      Files.writeString(control.resolve("control"), control(packages.status(name)));
      for (Path one : packages.controlFiles(name)) {
        String kind = one.getFileName().toString().substring(name.length() + 1);
        Files.copy(one, control.resolve(kind), StandardCopyOption.COPY_ATTRIBUTES);
      }
      Path settings = control.resolve("conffiles");
      if (Files.exists(settings)) {
        for (String line : Files.readAllLines(settings)) {
          bringBack(tree, Path.of("/").relativize(Path.of(line)));
        }
      }
      packages.build(tree, file);
    } catch (IOException e) {
      throw new HostFault(
          "the installed package cannot be put together again: " + HostFault.words(e), e);
    }
  }

  private void bringBack(Path tree, Path setting) throws IOException {
    Path original = originals.resolve(setting);
    Path target = tree.resolve(setting);
    if (Files.exists(original)) {
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      Files.copy(
          original,
          target,
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    } else if (!Files.exists(target)) {
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      Files.createFile(target); // dpkg-deb refuses a list with one that is not there.
    }
  }

  /** Without what dpkg adds to a package that is installed. */
  static String control(String status) {
    var kept = new StringBuilder();
    boolean isKept = true;
    for (String line : status.lines().toList()) {
      if (!line.startsWith(" ")) {
        isKept =
            !line.isBlank()
                && !List.of("Status", "Conffiles", "Config-Version")
                    .contains(line.split(":", 2)[0]);
      }
      if (isKept) {
        kept.append(line).append('\n');
      }
    }
    return kept.toString();
  }
}

package dev.visco.backup;

import dev.visco.host.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Puts the configuration of a backup into its folder. What is there already stays, since it is this
 * host's; a settings file with nothing but comments in it, as the package brings it, is replaced.
 *
 * @param from the backup's
 * @param to this host's
 */
record RestoredSettings(Path from, Path to) {
  private static final String BESIDE = ".from-backup";

  /** Returns the files that were there with other content. */
  List<Path> put() throws IOException {
    var kept = new ArrayList<Path>();
    if (!Files.isDirectory(from)) {
      return kept;
    }
    try (var files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        removeHalves(target);
        byte[] content = Files.readAllBytes(file);
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS) || isBare(target)) {
          DurableFiles.write(target, content, mode);
        } else if (Files.mismatch(file, target) >= 0) {
          kept.add(target);
          DurableFiles.write(beside(target), content, "rw-------");
        }
      }
    }
    return kept;
  }

  private static Path beside(Path target) {
    return target.resolveSibling(target.getFileName() + BESIDE);
  }

  /** Files that a restore was writing when it was killed. */
  private static void removeHalves(Path target) throws IOException {
    var names = Set.of(target.getFileName().toString(), beside(target).getFileName().toString());
    try (var entries = Files.newDirectoryStream(Objects.requireNonNull(target.getParent()))) {
      for (Path entry : entries) {
        if (DurableFiles.halfOf(entry.getFileName().toString())
            .filter(names::contains)
            .isPresent()) {
          DurableFiles.deleteTree(entry);
        }
      }
    }
  }

  private static boolean isBare(Path file) throws IOException {
    return Files.isRegularFile(file)
        && file.toString().endsWith(".toml")
        && Files.readAllLines(file).stream()
            .allMatch(line -> line.isBlank() || line.strip().startsWith("#"));
  }
}

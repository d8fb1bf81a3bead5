package dev.visco.vmm.release;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files that a release is made of, where the operator has them.
 *
 * @param jailer null when it is to run without one
 */
record ReleaseSource(Path firecracker, @Nullable Path jailer) {
  /** As they lie in the folder of a Firecracker release, and as people rename them. */
  private static final String RELEASED = "(-v\\d+\\.\\d+\\.\\d+\\S*-(x86_64|aarch64))?";

  private static final Pattern FIRECRACKER = Pattern.compile("firecracker" + RELEASED);

  /**
   * Finds them.
   *
   * @param path a firecracker, or a folder that holds one
   * @param jailer where its jailer is, null to look beside it
   * @param noJailer whether the operator wants none
   */
  static ReleaseSource find(Path path, @Nullable Path jailer, boolean noJailer) {
    requireAbsolute("path", path);
    if (jailer != null) {
      requireAbsolute("jailer", jailer);
      if (noJailer) {
        throw Refused.invalid(
            "jailer", jailer.toString(), "contradicts noJailer", "Give one of the two.");
      }
    }
    Path firecracker = Files.isDirectory(path) ? in(path) : path;
    if (noJailer) {
      return new ReleaseSource(firecracker, null);
    }
    Path found = jailer != null ? jailer : beside(firecracker).orElse(null);
    if (found == null) {
      throw Refused.invalid(
          "jailer",
          "",
          "is missing: there is none beside " + firecracker,
          "Give --jailer PATH, or --no-jailer to start it directly, as the VM's own user.");
    }
    return new ReleaseSource(firecracker, found);
  }

  private static void requireAbsolute(String field, Path path) {
    if (!path.isAbsolute()) {
      throw Refused.invalid(
          field, path.toString(), "is not an absolute path", "Give a path that starts with /.");
    }
  }

  private static Path in(Path folder) {
    var found = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (FIRECRACKER.matcher(entry.getFileName().toString()).matches()
            && Files.isRegularFile(entry)) {
          found.add(entry);
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
    }
    if (found.size() != 1) {
      throw Refused.invalid(
          "path",
          folder.toString(),
          found.isEmpty()
              ? "holds no firecracker (or firecracker-vX.Y.Z-x86_64)"
              : "holds several: " + names(found),
          "Give the file itself.");
    }
    return found.getFirst();
  }

  private static String names(List<Path> files) {
    return String.join(
        ", ", files.stream().map(file -> file.getFileName().toString()).sorted().toList());
  }

  /** The jailer that was released together with it. */
  private static Optional<Path> beside(Path firecracker) {
    String name = firecracker.getFileName().toString();
    return FIRECRACKER.matcher(name).matches()
        ? Optional.of(
                firecracker.resolveSibling(
                    ReleaseFiles.JAILER + name.substring(ReleaseFiles.FIRECRACKER.length())))
            .filter(Files::isRegularFile)
        : Optional.empty();
  }
}

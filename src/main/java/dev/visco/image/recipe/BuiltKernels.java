package dev.visco.image.recipe;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Kernels that were built here, each in a folder by the digest of what it was built of, so that no
 * image builds what another one has built. A folder comes there whole, or not at all.
 *
 * @param folder the one with these folders; made when it is first needed
 */
public record BuiltKernels(Path folder) {
  /** The file without which a folder is none: written with the others, and removed before them. */
  private static final String RELEASE = "release";

  /** The kernel with this identity, unless it has to be built. */
  public Optional<KernelPackage> find(Digest identity) {
    Path built = folder.resolve(identity.hex());
    return Files.exists(built.resolve(RELEASE)) ? Optional.of(read(built)) : Optional.empty();
  }

  /**
   * Keeps a kernel.
   *
   * @param made a folder of the same file system with its files, which is moved
   */
  KernelPackage keep(Digest identity, Path made) {
    try {
      DataFolders.closed(folder);
      try (var files = Files.walk(made)) {
        for (Path file : files.toList()) {
          if (Files.isRegularFile(file)) {
            DurableFiles.sync(file);
          } else {
            DurableFiles.syncFolder(file);
          }
        }
      }
      Path built = folder.resolve(identity.hex());
      DurableFiles.deleteTree(built); // One whose removal was cut short.
      Files.move(made, built, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(folder);
      return read(built);
    } catch (IOException e) {
      throw new HostFault("cannot keep a kernel in " + folder + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Writes what {@link #find} reads.
   *
   * @param made a new folder
   * @param version the package of its source and its version
   */
  static void write(Path made, Path kernel, String configuration, String release, String version)
      throws IOException {
    Path boot = Files.createDirectories(made.resolve("boot"));
    Files.createDirectories(made.resolve("lib/modules").resolve(release));
    Files.copy(kernel, boot.resolve("vmlinuz-" + release));
    Files.writeString(boot.resolve("config-" + release), configuration);
    Files.writeString(made.resolve(RELEASE), release + "\n" + version + "\n");
  }

  private static KernelPackage read(Path built) {
    try {
      List<String> lines = Files.readAllLines(built.resolve(RELEASE));
      return new KernelPackage(built, lines.getFirst(), lines.getLast());
    } catch (IOException e) {
      throw new HostFault("cannot read the kernel in " + built + ": " + HostFault.words(e), e);
    }
  }

  /** Those that are not in {@code needed}, by their digests. */
  public List<Path> unused(Set<String> needed) {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var kernels = Files.newDirectoryStream(folder, "[0-9a-f]*")) {
        kernels.forEach(kernel -> {
          if (!needed.contains(kernel.getFileName().toString())) {
            found.add(kernel);
          }
        });
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder, e);
      }
    }
    found.sort(null);
    return found;
  }

  /** Removes those that are not in {@code needed}. */
  public void keepOnly(Set<String> needed) throws IOException {
    for (Path kernel : unused(needed)) {
      Files.deleteIfExists(kernel.resolve(RELEASE));
      DurableFiles.syncFolder(kernel);
      DurableFiles.deleteTree(kernel);
    }
  }
}

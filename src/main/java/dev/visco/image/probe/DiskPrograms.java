package dev.visco.image.probe;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Copies programs, and the libraries that they need, from a disk with ext4 that is not mounted. */
public final class DiskPrograms {
  /** What a program names as its interpreter on x86-64. */
  public static final String LOADER = "ld-linux-x86-64.so.2";

  private static final List<String> FOLDERS =
      List.of("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib");

  private static final int MAX_LIBRARIES = 100;
  private final RootReader disk;
  private final Path folder;
  private final Map<String, Path> libraries = new TreeMap<>();
  private int number;

  /**
   * @param folder where the copies go, a path of plain characters
   */
  public DiskPrograms(Host host, Path disk, RootProbe root, Path folder) {
    this.disk = RootReaders.of(host, disk, root);
    this.folder = folder;
  }

  /** The copy of a file, and of the libraries that it needs; empty when the disk has none. */
  public Optional<Path> copy(String path) throws IOException {
    Path copy = folder.resolve("program-" + number++);
    if (!disk.copy(path, copy)) {
      return Optional.empty();
    }
    List<String> needed = NeededLibraries.of(copy);
    if (!needed.isEmpty()) {
      library(LOADER);
    }
    for (String name : needed) {
      library(name);
    }
    return Optional.of(copy);
  }

  private void library(String name) throws IOException {
    if (libraries.containsKey(name)) {
      return;
    }
    if (libraries.size() == MAX_LIBRARIES) {
      throw new HostFault("a program needs more than " + MAX_LIBRARIES + " libraries");
    }
    Path copy = folder.resolve("library-" + libraries.size());
    if (FOLDERS.stream().noneMatch(place -> disk.copy(place + "/" + name, copy))) {
      throw new HostFault("the disk has no library " + name);
    }
    libraries.put(name, copy);
    for (String needed : NeededLibraries.of(copy)) {
      library(needed);
    }
  }

  /** The copies of all libraries by name. */
  public Map<String, Path> libraries() {
    return libraries;
  }
}

package dev.visco.image.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What Visco adds to a container image, as if it were one more layer: programs and scripts. */
final class ExtraFiles {
  private static final int PROGRAM = 0755;

  /** Contents by the number of the file in this layer. */
  private final List<Path> contents = new ArrayList<>();

  private final Map<String, TarEntry> entries = new TreeMap<>();
  private final Map<String, Integer> numbers = new TreeMap<>();

  /** A file of this host, executable for everybody and root's. */
  void program(String path, Path content) throws IOException {
    numbers.put(path, contents.size());
    contents.add(content);
    put(path, TarEntry.FILE, "", PROGRAM, Files.size(content));
  }

  void link(String path, String target) {
    put(path, TarEntry.LINK, target, 0777, 0);
  }

  void folder(String path, int mode) {
    put(path, TarEntry.FOLDER, "", mode, 0);
  }

  private void put(String path, char type, String target, int mode, long size) {
    entries.put(path, new TarEntry(path, type, target, mode, 0, 0, 0, size, 0, 0, Map.of()));
  }

  /** Adds them to a tree as the layer of this number. */
  void addTo(RootTree tree, int layer) {
    entries.forEach((path, entry) -> tree.apply(entry, layer, numbers.getOrDefault(path, -1)));
  }

  /** The contents of a file by its number. */
  Path content(int number) {
    return contents.get(number);
  }
}

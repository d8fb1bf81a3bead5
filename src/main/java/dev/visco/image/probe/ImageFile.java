package dev.visco.image.probe;

import dev.visco.host.Host;
import java.nio.file.Path;
import java.util.Optional;

/** One file of an image's root file system, read without mounting it. */
public final class ImageFile {
  private ImageFile() {}

  /**
   * The text of a file, links followed; empty when it is not there, is too large, or is on a file
   * system that cannot be looked into.
   *
   * @param disk a raw disk whose file name was chosen by Visco
   * @param path absolute, of plain characters
   */
  public static Optional<String> text(
      Host host, Path disk, RootProbe root, String path, int maxBytes) {
    if (!root.isReadable()) {
      return Optional.empty();
    }
    var files = RootReaders.of(host, disk, root);
    return files
        .find(path)
        .filter(entry -> entry.isFile() && entry.size() <= maxBytes)
        .map(files::content);
  }
}

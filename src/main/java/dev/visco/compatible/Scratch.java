package dev.visco.compatible;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Folders for what a machine needs for moments: sockets, whose paths must be short, and the state
 * of its devices. The folder for temporary files comes first; on a hardened host it may be
 * read-only or not there, and others do as well.
 */
final class Scratch {
  private static final List<Path> OTHERS =
      List.of(Path.of("/var/tmp"), Path.of("/dev/shm"), Path.of("/run"));

  private Scratch() {}

  /** A new folder for this process alone; whoever asks deletes it. */
  static Path folder(String prefix) throws IOException {
    return folder(
        prefix,
        Stream.concat(Stream.of(Path.of(System.getProperty("java.io.tmpdir"))), OTHERS.stream())
            .toList());
  }

  /**
   * The same in the first of these that lets one be made.
   *
   * @throws IOException that of the first, when none does
   */
  static Path folder(String prefix, List<Path> places) throws IOException {
    IOException first = null;
    for (Path place : places) {
      try {
        return Files.createTempDirectory(place, prefix);
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    throw first == null ? new IOException("there is no folder for temporary files") : first;
  }
}

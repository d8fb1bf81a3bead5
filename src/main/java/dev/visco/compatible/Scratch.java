package dev.visco.compatible;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Temporary folders for sockets, whose paths must be short, and for the devices' state. On a
 * hardened host, the usual folder for temporary files may be read-only or missing; others are tried
 * then.
 */
final class Scratch {
  private static final List<Path> OTHERS =
      List.of(Path.of("/var/tmp"), Path.of("/dev/shm"), Path.of("/run"));

  private Scratch() {}

  /** A new folder for this process alone, to be deleted by the caller. */
  static Path folder(String prefix) throws IOException {
    return folder(
        prefix,
        Stream.concat(Stream.of(Path.of(System.getProperty("java.io.tmpdir"))), OTHERS.stream())
            .toList());
  }

  /**
   * A new folder in the first of these places where one can be created.
   *
   * @throws IOException that of the first place, when it fails in all
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

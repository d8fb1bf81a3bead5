package dev.visco.image.imports;

import dev.visco.host.Host;
import dev.visco.image.Manifest;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongConsumer;

/** An operator's own files, of which an image is made. */
public sealed interface ImportSource permits Import, DiskImport {
  /** The image's name. */
  ImageName name();

  /** Refuses files that do not exist or are certainly not what they should be; copies nothing. */
  void check();

  /** The bytes that copies of the files take, without holes. */
  long bytes(Host host);

  /**
   * Copies the files into {@code work} and examines the copies.
   *
   * @param room refuses what takes more bytes than the disk has left
   */
  Imported take(Host host, Path work, LongConsumer room, Progress progress) throws IOException;

  /** The files of an image by digest, and its manifest. */
  record Imported(Map<Digest, Path> files, Manifest manifest) {}
}

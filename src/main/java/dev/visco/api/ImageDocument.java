package dev.visco.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.host.SparseFile;
import dev.visco.image.Image;
import dev.visco.image.Manifest;
import dev.visco.model.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An image in answers of the API.
 *
 * @param kernel its file on the daemon's host, as the others
 * @param bytes of its files, holes included
 * @param takenBytes what they take of the disk
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ImageDocument(
    Digest digest,
    Manifest manifest,
    Path kernel,
    @Nullable Path initrd,
    Path rootfs,
    @Nullable Path tools,
    Instant created,
    long bytes,
    long takenBytes) {
  static ImageDocument of(Image image) {
    List<Path> files =
        Stream.of(image.kernel(), image.initrd(), image.rootfs(), image.tools())
            .filter(Objects::nonNull)
            .toList();
    return new ImageDocument(
        image.digest(),
        image.manifest(),
        image.kernel(),
        image.initrd(),
        image.rootfs(),
        image.tools(),
        image.created(),
        files.stream().mapToLong(ImageDocument::size).sum(),
        files.stream().mapToLong(SparseFile::taken).sum());
  }

  /** 0 for one that was removed meanwhile. */
  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.visco.image.oci;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Files by relative name, in a folder or in an archive. */
interface BlobFiles extends AutoCloseable {
  /** A file's contents from the first byte on; empty when there is none of that name. */
  Optional<InputStream> open(String name) throws IOException;

  /** A small document; refused when it is missing or large. */
  default byte[] document(String name) throws IOException {
    try (InputStream in = open(name).orElseThrow(() -> missing(name))) {
      byte[] bytes = in.readNBytes(OciLimits.MAX_DOCUMENT + 1);
      if (bytes.length > OciLimits.MAX_DOCUMENT) {
        throw OciRefusal.layer(
            name, "has more than " + (OciLimits.MAX_DOCUMENT >> 20) + " MiB, and is a document");
      }
      return bytes;
    }
  }

  /** What is said of a file that is not there. */
  static Refused missing(String name) {
    return OciRefusal.layer(name, "is missing in the image");
  }

  @Override
  void close() throws IOException;

  /** Those of a folder; a link is not followed, since it may lead anywhere on this host. */
  record OfFolder(Path folder) implements BlobFiles {
    @Override
    public Optional<InputStream> open(String name) throws IOException {
      Path file = folder;
      for (String part : name.split("/", -1)) {
        if (part.isEmpty() || part.equals("..") || part.indexOf('\0') >= 0) {
          throw OciRefusal.layer(name, "is a path that leads out of the layout");
        }
        file = file.resolve(part);
        if (Files.isSymbolicLink(file)) {
          throw OciRefusal.layer(name, "is a link, which is not followed out of a layout");
        }
      }
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(Files.newInputStream(file))
          : Optional.empty();
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}

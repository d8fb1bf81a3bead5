package dev.visco.image.oci;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a layer's tar archive: ustar, pax and GNU's long names, each header within bounds.
 *
 * <p>Not by commons-compress: it reads pax values as UTF-8, which destroys capabilities ({@code
 * security.capability} is binary), and takes as much memory for a name as the archive says.
 */
final class TarReader {
  private static final int MAX_PAX = 1 << 20;
  private static final String SPARSE =
      "is a sparse file in a form that tools for container images do not write";
  private final InputStream in;
  private long left;
  private long padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next file; skips the rest of the contents before it. Empty at the archive's end. */
  Optional<TarEntry> next() throws IOException {
    var pax = new TarPax();
    @Nullable String longName = null;
    @Nullable String longLink = null;
    while (true) {
      skip(left + padding);
      left = 0;
      padding = 0;
      Optional<TarHeader> found = header();
      if (found.isEmpty()) {
        return Optional.empty();
      }
      TarHeader header = found.get();
      switch (header.type()) {
        case 'x' -> pax.add(data(header, MAX_PAX));
        // What holds for all files is the comment of an archive of git, and nothing that matters.
        case 'g' -> data(header, MAX_PAX);
        case 'L' -> longName = longText(header);
        case 'K' -> longLink = longText(header);
        default -> {
          return Optional.of(entry(header, pax, longName, longLink));
        }
      }
    }
  }

  private Optional<TarHeader> header() throws IOException {
    byte[] block = in.readNBytes(TarHeader.BYTES);
    if (block.length == 0) {
      return Optional.empty();
    }
    if (block.length < TarHeader.BYTES) {
      throw new EOFException("the layer's archive ends within a header");
    }
    var header = new TarHeader(block);
    if (header.isEnd()) {
      return Optional.empty();
    }
    header.check();
    return Optional.of(header);
  }

  private String longText(TarHeader header) throws IOException {
    byte[] bytes = data(header, OciLimits.MAX_PATH + 1);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return TarHeader.utf8(bytes, 0, length);
  }

  private byte[] data(TarHeader header, int max) throws IOException {
    long size = header.size();
    if (size < 0 || size > max) {
      throw OciRefusal.layer(header.name(), "is a header of " + size + " bytes, at most " + max);
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw new EOFException("the layer's archive ends within a header");
    }
    skip(padded(size));
    return bytes;
  }

  private TarEntry entry(
      TarHeader header, TarPax pax, @Nullable String longName, @Nullable String longLink) {
    String name = pax.text("path", longName == null ? header.name() : longName);
    char type = header.type();
    if (type == 'S' || pax.isSparse()) {
      throw OciRefusal.of(name, SPARSE, "Make the layer without tar's --sparse.");
    }
    if (type < TarEntry.FILE || type > TarEntry.FIFO) {
      throw OciRefusal.layer(name, "is of the unknown kind " + type);
    }
    long size = pax.number("size", header.size());
    if (size < 0) {
      throw OciRefusal.layer(name, "has " + size + " bytes");
    }
    // A hard link may tell the size of what it leads to, and has no contents (pax, linkdata).
    left = type == TarEntry.FILE ? size : 0;
    padding = padded(left);
    boolean isDevice = type == TarEntry.CHARACTER || type == TarEntry.BLOCK;
    return new TarEntry(
        name,
        // Before POSIX, a folder was a file whose name ends so.
        type == TarEntry.FILE && name.endsWith("/") ? TarEntry.FOLDER : type,
        pax.text("linkpath", longLink == null ? header.link() : longLink),
        header.mode(),
        id(pax.number("uid", header.uid()), name),
        id(pax.number("gid", header.gid()), name),
        pax.number("mtime", header.seconds()),
        left,
        isDevice ? header.major() : 0,
        isDevice ? header.minor() : 0,
        pax.attributes());
  }

  private static int id(long id, String name) {
    if (id < 0 || id >= 0xffffffffL) {
      throw OciRefusal.layer(name, "belongs to the user or group " + id + ", which Linux has not");
    }
    return (int) id;
  }

  private static long padded(long size) {
    return (TarHeader.BYTES - size % TarHeader.BYTES) % TarHeader.BYTES;
  }

  private void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  /** Reads more of the contents of the last file; -1 at their end. */
  int read(byte[] buffer) throws IOException {
    if (left == 0) {
      return -1;
    }
    int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
    if (count < 0) {
      throw new EOFException("the layer's archive ends within a file");
    }
    left -= count;
    return count;
  }
}

package dev.visco.image.oci;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The files of a tar archive, found where they are without unpacking it. */
final class ArchiveFiles implements BlobFiles {
  /** More files than a layout with the most layers has. */
  private static final int MAX_FILES = 10_000;

  private static final int MAX_LINKS = 8;

  /** Where a file's contents are, or what it is a link to. */
  private record Found(long at, long size, String link) {}

  private final Path file;
  private final FileChannel channel;
  private final Map<String, Found> files = new HashMap<>();

  private ArchiveFiles(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Reads the names in an archive; refuses what is none. */
  static ArchiveFiles of(Path file) throws IOException {
    var archive = new ArchiveFiles(file, FileChannel.open(file, StandardOpenOption.READ));
    try {
      archive.index();
      return archive;
    } catch (IOException | RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  private void index() throws IOException {
    var in = new Part(channel, 0, channel.size());
    var tar = new TarReader(in);
    try {
      for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
        TarEntry entry = next.get();
        String name = entry.name().replaceFirst("^(\\./)+", "");
        boolean isLink = entry.type() == TarEntry.LINK || entry.type() == TarEntry.HARD_LINK;
        if (isLink || entry.type() == TarEntry.FILE) {
          String target = entry.type() == TarEntry.LINK ? beside(name, entry.link()) : entry.link();
          files.put(name, new Found(in.at, entry.size(), isLink ? target : ""));
        }
        if (files.size() > MAX_FILES) {
          throw OciRefusal.layer(file + "", "holds more than " + MAX_FILES + " files");
        }
      }
    } catch (EOFException e) {
      throw OciRefusal.of(file + "", "ends too early: " + e.getMessage(), "Copy it again.");
    }
  }

  /** The path of a link's target; older archives of docker save have links between layers. */
  private static String beside(String name, String target) {
    return Path.of("/" + name).resolveSibling(target).normalize().toString().substring(1);
  }

  @Override
  public Optional<InputStream> open(String name) {
    Found found = files.get(name);
    for (int links = 0; found != null && !found.link().isEmpty() && links < MAX_LINKS; links++) {
      found = files.get(found.link());
    }
    if (found == null || !found.link().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new BufferedInputStream(
            new Part(channel, found.at(), found.at() + found.size()), 64 << 10));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** A part of a file, read at its own position and skipped without reading. */
  private static final class Part extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long at;

    Part(FileChannel channel, long at, long end) {
      this.channel = channel;
      this.at = at;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (at >= end) {
        return length == 0 ? 0 : -1;
      }
      int most = (int) Math.min(length, end - at);
      int count = channel.read(ByteBuffer.wrap(buffer, offset, most), at);
      at += Math.max(0, count);
      return count;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.clamp(end - at, 0, Math.max(0, count));
      at += skipped;
      return skipped;
    }
  }
}

package dev.visco.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** Writes a backup's files below a folder, with their owners and modes; zeros become holes. */
final class RestoredFiles implements ArchiveReader.Taker {
  private static final int BLOCK = 64 << 10;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final Path root;

  RestoredFiles(Path root) {
    this.root = root;
  }

  @Override
  public void folder(TarArchiveEntry entry) throws IOException {
    Path folder = root.resolve(entry.getName());
    Files.createDirectories(folder);
    own(folder, entry);
  }

  @Override
  public void file(TarArchiveEntry entry, InputStream content) throws IOException {
    Path file = root.resolve(entry.getName());
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    try (FileChannel out =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      byte[] block = new byte[BLOCK];
      long at = 0;
      for (int count = content.readNBytes(block, 0, BLOCK);
          count > 0;
          count = content.readNBytes(block, 0, BLOCK)) {
        if (!Arrays.equals(block, 0, count, ZEROS, 0, count)) {
          write(out, ByteBuffer.wrap(block, 0, count), at);
        }
        at += count;
      }
      out.force(true);
    }
    lengthen(file, entry.getSize());
    own(file, entry);
    Files.setLastModifiedTime(file, FileTime.from(entry.getLastModifiedTime().toInstant()));
  }

  /** A hole at its end. */
  private static void lengthen(Path file, long size) throws IOException {
    if (Files.size(file) < size) {
      try (var end = new RandomAccessFile(file.toFile(), "rw")) {
        end.setLength(size);
        end.getFD().sync();
      }
    }
  }

  private static void write(FileChannel out, ByteBuffer block, long at) throws IOException {
    for (long place = at; block.hasRemaining(); ) {
      place += out.write(block, place);
    }
  }

  /** The owner first: a change of it takes bits of the mode away (chown(2)). */
  private static void own(Path path, TarArchiveEntry entry) throws IOException {
    Files.setAttribute(path, "unix:uid", (int) entry.getLongUserId());
    Files.setAttribute(path, "unix:gid", (int) entry.getLongGroupId());
    Files.setAttribute(path, "unix:mode", entry.getMode() & 07777);
  }
}

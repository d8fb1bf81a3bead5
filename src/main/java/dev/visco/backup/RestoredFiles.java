package dev.visco.backup;

import dev.visco.archive.ArchiveReader;
import dev.visco.archive.SparseCopy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** Writes a backup's files below a folder, with their owners and modes; zeros become holes. */
final class RestoredFiles implements ArchiveReader.Taker<BackupHeader> {
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
    SparseCopy.write(file, content, entry.getSize(), _ -> {});
    own(file, entry);
    Files.setLastModifiedTime(file, FileTime.from(entry.getLastModifiedTime().toInstant()));
  }

  /** The owner first: a change of it takes bits of the mode away (chown(2)). */
  private static void own(Path path, TarArchiveEntry entry) throws IOException {
    Files.setAttribute(path, "unix:uid", (int) entry.getLongUserId());
    Files.setAttribute(path, "unix:gid", (int) entry.getLongGroupId());
    Files.setAttribute(path, "unix:mode", entry.getMode() & 07777);
  }
}

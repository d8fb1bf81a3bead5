package dev.visco.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Files that are either there whole or not at all, also after a crash. */
public final class DurableFiles {
  private DurableFiles() {}

  /**
   * Writes {@code bytes} as {@code file} with a mode like {@code rw-r--r--}: synced, then renamed
   * into place.
   */
  public static void write(Path file, byte[] bytes, String mode) {
    Path half =
        file.resolveSibling(
            "."
                + file.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + Thread.currentThread().threadId());
    try {
      try (FileChannel channel =
          FileChannel.open(
              half,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)))) {
        // The process's umask may have taken bits away.
        Files.setPosixFilePermissions(half, PosixFilePermissions.fromString(mode));
        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(requireNonNull(file.toAbsolutePath().getParent()));
    } catch (IOException e) {
      deleteTree(half);
      throw new HostFault("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Makes a rename or a new file in {@code folder} last. */
  public static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new HostFault("cannot sync " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Deletes a file or a folder with all that is in it, links as links; nothing happens when it is
   * not there.
   */
  public static void deleteTree(Path root) {
    List<Path> paths;
    try (var walk = Files.walk(root)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new HostFault("cannot list " + root + ": " + e.getMessage(), e);
    }
    for (Path path : paths) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new HostFault("cannot delete " + path + ": " + e.getMessage(), e);
      }
    }
  }
}

package dev.visco.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** Writes files so that each exists completely or not at all, also after a crash; deletes trees. */
public final class DurableFiles {
  /** The name of a file while it is being written: {@code .NAME.UUID}. */
  private static final Pattern HALF =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** Each level keeps a descriptor open while its contents are deleted. */
  private static final int MAX_DEPTH = 500;

  /**
   * How often a folder is emptied into which somebody writes meanwhile, as who stores rows does.
   */
  private static final int MAX_PASSES = 20;

  private DurableFiles() {}

  /**
   * Writes {@code bytes} as {@code file} with a mode like {@code rw-r--r--}: synced, then renamed
   * into place. Safe in a folder that others can write to: the file is created under an unguessable
   * name, and no link is followed.
   */
  public static void write(Path file, byte[] bytes, String mode) {
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(mode);
    Path half = half(file);
    try (FileChannel channel =
        FileChannel.open(
            half,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(permissions))) {
      finish(channel, half, file, bytes, permissions);
    } catch (IOException e) {
      throw new HostFault("cannot write " + file + ": " + e.getMessage(), e);
    }
    syncFolder(requireNonNull(file.toAbsolutePath().getParent()));
  }

  /**
   * An unguessable name beside {@code file}, for what is to become that file once it is complete;
   * {@link #halfOf} recognizes it.
   */
  public static Path half(Path file) {
    return file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
  }

  /**
   * The name of the file that an entry is to become, if it was named by {@link #half}; empty for
   * any other entry.
   */
  public static Optional<String> halfOf(String entry) {
    var matcher = HALF.matcher(entry);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static void finish(
      FileChannel channel, Path half, Path file, byte[] bytes, Set<PosixFilePermission> permissions)
      throws IOException {
    try {
      // The process's umask may have removed bits.
      Files.getFileAttributeView(half, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(permissions);
      for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
        channel.write(rest);
      }
      channel.force(true);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(half);
      throw e;
    }
  }

  /** Syncs a file that somebody else has written. */
  public static void sync(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw new HostFault("cannot sync " + file + ": " + e.getMessage(), e);
    }
  }

  /** Syncs a folder, so that a rename or a new file in it survives a crash. */
  public static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new HostFault("cannot sync " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Deletes a file, or a folder with its contents; does nothing when it does not exist. Links are
   * deleted, not followed. Each folder is entered by its descriptor (openat(2)), so that replacing
   * a folder by a link meanwhile redirects nothing.
   */
  public static void deleteTree(Path root) {
    deleteTree(root, MAX_PASSES);
  }

  /**
   * @param maxPasses how often each folder is emptied at most
   */
  static void deleteTree(Path root, int maxPasses) {
    Path absolute = root.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new HostFault("cannot delete " + root + ": it is the whole file system");
    }
    try (var siblings = Files.newDirectoryStream(parent)) {
      if (!(siblings instanceof SecureDirectoryStream<Path> secure)) {
        throw new IOException("its file system does not open folders by descriptor");
      }
      delete(secure, absolute.getFileName(), 0, maxPasses);
    } catch (NoSuchFileException e) {
      return; // Its parent does not exist either.
    } catch (IOException e) {
      throw new HostFault("cannot delete " + root + ": " + HostFault.words(e), e);
    } catch (DirectoryIteratorException e) {
      throw new HostFault("cannot delete " + root + ": " + HostFault.words(e.getCause()), e);
    }
  }

  private static void delete(
      SecureDirectoryStream<Path> folder, Path name, int depth, int maxPasses) throws IOException {
    try {
      if (!isFolder(folder, name)) {
        folder.deleteFile(name);
        return;
      }
      if (depth == MAX_DEPTH) {
        throw new IOException(name + " lies deeper than " + MAX_DEPTH + " folders");
      }
      for (int pass = 1; !deleteFolder(folder, name, depth, maxPasses); pass++) {
        if (pass == maxPasses) {
          throw new IOException("somebody writes into " + name + " while it is deleted");
        }
      }
    } catch (NoSuchFileException e) {
      return; // It was deleted meanwhile.
    }
  }

  /** Whether it is gone; false when something was put into it meanwhile. */
  private static boolean deleteFolder(
      SecureDirectoryStream<Path> folder, Path name, int depth, int maxPasses) throws IOException {
    try (var inside = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      for (Path entry : inside) {
        delete(inside, requireNonNull(entry.getFileName()), depth + 1, maxPasses);
      }
    }
    try {
      folder.deleteDirectory(name);
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }

  private static boolean isFolder(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }
}

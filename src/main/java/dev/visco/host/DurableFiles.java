package dev.visco.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
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

/** Files that are either there whole or not at all, also after a crash. */
public final class DurableFiles {
  /** How the half of a file is called while it is written: {@code .NAME.UUID}. */
  private static final Pattern HALF =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** Each level holds a descriptor open while what is below it goes. */
  private static final int MAX_DEPTH = 500;

  private DurableFiles() {}

  /**
   * Writes {@code bytes} as {@code file} with a mode like {@code rw-r--r--}: synced, then renamed
   * into place. Safe in a folder that others write to: the file is made anew under a name that
   * nobody can guess, and no link is ever followed.
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
   * A name beside {@code file}, known to nobody, for what becomes that file once it is whole;
   * {@link #halfOf} knows it again.
   */
  public static Path half(Path file) {
    return file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
  }

  /**
   * The name of the file that an entry is half of, as {@link #half} calls them; empty for one that
   * is none.
   */
  public static Optional<String> halfOf(String entry) {
    var matcher = HALF.matcher(entry);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static void finish(
      FileChannel channel, Path half, Path file, byte[] bytes, Set<PosixFilePermission> permissions)
      throws IOException {
    try {
      // The process's umask may have taken bits away.
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
   * not there. Each folder is entered by its descriptor (openat(2)), so that one that is swapped
   * for a link meanwhile leads nowhere else.
   */
  public static void deleteTree(Path root) {
    Path absolute = root.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new HostFault("cannot delete " + root + ": it is the whole file system");
    }
    try (var siblings = Files.newDirectoryStream(parent)) {
      if (!(siblings instanceof SecureDirectoryStream<Path> secure)) {
        throw new IOException("its file system does not open folders by descriptor");
      }
      delete(secure, absolute.getFileName(), 0);
    } catch (NoSuchFileException e) {
      return; // Its parent is not there either.
    } catch (IOException e) {
      throw new HostFault("cannot delete " + root + ": " + HostFault.words(e), e);
    } catch (DirectoryIteratorException e) {
      throw new HostFault("cannot delete " + root + ": " + HostFault.words(e.getCause()), e);
    }
  }

  private static void delete(SecureDirectoryStream<Path> folder, Path name, int depth)
      throws IOException {
    try {
      if (!isFolder(folder, name)) {
        folder.deleteFile(name);
        return;
      }
      if (depth == MAX_DEPTH) {
        throw new IOException(name + " lies deeper than " + MAX_DEPTH + " folders");
      }
      try (var inside = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        for (Path entry : inside) {
          delete(inside, requireNonNull(entry.getFileName()), depth + 1);
        }
      }
      folder.deleteDirectory(name);
    } catch (NoSuchFileException e) {
      return; // Somebody else has deleted it.
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

package dev.visco.host;

import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Access rights in the data folder. Other users of the host may neither open its files nor list its
 * folders. VMMs run as users of their own and need passage through some folders.
 */
public final class DataFolders {
  private DataFolders() {}

  /** Creates or changes a folder so that others may pass through it, but not list it. */
  public static Path passable(Path folder) throws IOException {
    return made(folder, "rwx--x--x");
  }

  /** Creates or changes a folder for root alone. */
  public static Path closed(Path folder) throws IOException {
    return made(folder, "rwx------");
  }

  /**
   * Creates or changes a folder so that only root and the {@linkplain VmmUsers#GROUP VMMs' group}
   * may pass through it: its files are safe from all others, whatever their own modes.
   */
  public static Path forVmms(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setAttribute(folder, "unix:gid", VmmUsers.GROUP);
    return made(folder, "rwx--x---");
  }

  private static Path made(Path folder, String mode) throws IOException {
    Files.createDirectories(folder);
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
  }

  /**
   * Removes the rights of others that earlier versions granted below {@code root}: all rights on
   * files, and all but passage on folders. Leaves links, and everything in folders that are not
   * root's. Opens no file: closing it would release all locks that this process holds on it
   * (fcntl_locking(2)).
   *
   * @param isLeft whether a folder, given relative to {@code root}, is left unchanged with its
   *     contents
   */
  public static void closeToOthers(Path root, Predicate<Path> isLeft) {
    try {
      closeAll(root, root, isLeft);
    } catch (IOException e) {
      throw new HostFault("cannot close " + root + " to others: " + HostFault.words(e), e);
    } catch (DirectoryIteratorException e) {
      throw new HostFault("cannot close " + root + " to others: " + e.getCause(), e);
    }
  }

  private static void closeAll(Path root, Path folder, Predicate<Path> isLeft) throws IOException {
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        try {
          close(root, entry, isLeft);
        } catch (NoSuchFileException e) {
          continue; // It was removed meanwhile.
        }
      }
    }
  }

  /** Only root can replace the entry: its parent folder is root's. */
  private static void close(Path root, Path entry, Predicate<Path> isLeft) throws IOException {
    PosixFileAttributes facts =
        Files.readAttributes(entry, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (facts.isDirectory() && isRoots(entry) && !isLeft.test(root.relativize(entry))) {
      without(entry, facts, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);
      closeAll(root, entry, isLeft);
    } else if (facts.isRegularFile()) {
      without(
          entry,
          facts,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);
    }
  }

  private static boolean isRoots(Path folder) throws IOException {
    return (Integer) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS) == 0;
  }

  private static void without(Path file, PosixFileAttributes facts, PosixFilePermission... taken)
      throws IOException {
    Set<PosixFilePermission> left = EnumSet.noneOf(PosixFilePermission.class);
    left.addAll(facts.permissions());
    if (left.removeAll(Set.of(taken))) {
      Files.setPosixFilePermissions(file, left);
    }
  }
}

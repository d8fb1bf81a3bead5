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
 * Who gets into the folders of the data folder. Nothing in it is for the host's other logins: they
 * open no file and list no folder. VMMs run as users of their own, and so must get through some.
 */
public final class DataFolders {
  private DataFolders() {}

  /** Makes a folder, or changes one, so that others may go through it and not list it. */
  public static Path passable(Path folder) throws IOException {
    return made(folder, "rwx--x--x");
  }

  /** Makes a folder, or changes one, for root alone. */
  public static Path closed(Path folder) throws IOException {
    return made(folder, "rwx------");
  }

  /**
   * Makes a folder, or changes one, that only root and the {@linkplain VmmUsers#GROUP VMMs' group}
   * get through: what lies in it is safe from all others whatever its own mode.
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
   * Takes from all others what earlier versions gave them below {@code root}: of files everything,
   * of folders all but the way through. Links are left, and so is what is in a folder that is not
   * root's. No file is opened: whoever closes one gives back all locks that this process holds on
   * it (fcntl_locking(2)).
   *
   * @param isLeft whether a folder, by its path from {@code root} on, is left with all that is in
   *     it
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
          continue; // Whoever used it has removed it meanwhile.
        }
      }
    }
  }

  /** Nobody but root can put anything in its place: the folder that it is in is root's. */
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

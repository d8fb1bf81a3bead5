package dev.visco.cli;

import dev.visco.host.PosixTar;
import dev.visco.model.Refused;
import dev.visco.session.ClientTar;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Folders of this host as tar archives, for copies into VMs and out of them. */
final class LocalTar {
  private static final LinkOption HERE = LinkOption.NOFOLLOW_LINKS;

  private LocalTar() {}

  /** Writes what is in a folder; sockets, pipes and devices are left out. */
  static void write(Path folder, OutputStream to) throws IOException {
    try (var tar = PosixTar.writer(to)) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes found)
                throws IOException {
              if (!path.equals(folder)) {
                put(tar, folder.relativize(path) + "/", TarConstants.LF_DIR, path);
                tar.closeArchiveEntry();
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes found)
                throws IOException {
              String name = folder.relativize(path).toString();
              if (found.isSymbolicLink()) {
                put(tar, name, TarConstants.LF_SYMLINK, path);
                tar.closeArchiveEntry();
              } else if (found.isRegularFile()) {
                put(tar, name, TarConstants.LF_NORMAL, path);
                Files.copy(path, tar);
                tar.closeArchiveEntry();
              }
              return FileVisitResult.CONTINUE;
            }
          });
      tar.finish();
    }
  }

  private static void put(TarArchiveOutputStream tar, String name, byte type, Path path)
      throws IOException {
    var entry = new TarArchiveEntry(name, type, true);
    entry.setModTime(Files.getLastModifiedTime(path, HERE));
    entry.setIds(
        (int) Files.getAttribute(path, "unix:uid", HERE),
        (int) Files.getAttribute(path, "unix:gid", HERE));
    if (type == TarConstants.LF_SYMLINK) {
      entry.setLinkName(Files.readSymbolicLink(path).toString());
    } else {
      entry.setMode((int) Files.getAttribute(path, "unix:mode", HERE) & 07777);
    }
    if (type == TarConstants.LF_NORMAL) {
      entry.setSize(Files.size(path));
    }
    tar.putArchiveEntry(entry);
  }

  /** A file's permissions as the API wants them. */
  static String octal(Path file) throws IOException {
    return "%04o".formatted((int) Files.getAttribute(file, "unix:mode") & 07777);
  }

  /**
   * Unpacks an archive that a guest may have made up: nothing is written anywhere but in the
   * folder, no link is followed, nothing is set-user-ID here, and what stands between two files is
   * bounded.
   */
  static void read(InputStream from, Path folder) throws IOException {
    var folders = new ArrayList<TarArchiveEntry>();
    try (var tar = new ClientTar(from, "FROM")) {
      for (TarArchiveEntry one = tar.next(); one != null; one = tar.next()) {
        Path path = inside(folder, one.getName());
        if (path.equals(folder)) {
          continue;
        }
        parents(folder, path);
        if (one.isDirectory()) {
          makeFolder(path);
          folders.add(one);
        } else if (one.isSymbolicLink()) {
          remove(path);
          Files.createSymbolicLink(path, Path.of(one.getLinkName()));
        } else if (one.isFile() && !one.isLink()) {
          remove(path);
          makeFile(path, tar.content());
          set(path, one);
        }
      }
    }
    for (TarArchiveEntry one : folders.reversed()) {
      set(inside(folder, one.getName()), one);
    }
  }

  /** It is its owner's alone until it is complete. */
  private static void makeFile(Path path, InputStream content) throws IOException {
    try (OutputStream out =
        Channels.newOutputStream(
            Files.newByteChannel(
                path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------"))))) {
      content.transferTo(out);
    }
  }

  private static Path inside(Path folder, String name) {
    Path path = folder.resolve(name.replaceFirst("/+$", "")).normalize();
    if (name.startsWith("/")
        || !path.startsWith(folder.normalize())
        || name.contains("..") && List.of(name.split("/", -1)).contains("..")) {
      throw Refused.invalid(
          "FROM", name, "would be written outside of " + folder, "Copy a part of it by name.");
    }
    return path;
  }

  private static void parents(Path folder, Path path) throws IOException {
    Path parent = path.getParent();
    if (parent != null
        && !parent.equals(folder.normalize())
        && parent.startsWith(folder.normalize())) {
      parents(folder, parent);
      makeFolder(parent);
    }
  }

  private static void makeFolder(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      throw Refused.invalid(
          "FROM", path.toString(), "is a link here, and may lead anywhere", "Remove it first.");
    }
    if (!Files.isDirectory(path, HERE)) {
      Files.createDirectory(path);
    }
  }

  private static void remove(Path path) throws IOException {
    if (Files.isDirectory(path, HERE)) {
      throw Refused.invalid(
          "TO", path.toString(), "is a folder here, and a file in the VM", "Remove it first.");
    }
    Files.deleteIfExists(path);
  }

  /** What a mode allows; set-user-ID and the like are left out. */
  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int bit = 0; bit < all.length; bit++) {
      if ((mode & 0400 >> bit) != 0) {
        permissions.add(all[bit]);
      }
    }
    return permissions;
  }

  private static void set(Path path, TarArchiveEntry entry) throws IOException {
    Files.setPosixFilePermissions(path, permissions(entry.getMode()));
    Files.setLastModifiedTime(path, FileTime.from(entry.getLastModifiedDate().toInstant()));
  }
}

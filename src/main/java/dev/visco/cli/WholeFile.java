package dev.visco.cli;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file atomically: under a temporary name first, which is renamed once the content is
 * complete and on disk. A failure leaves an existing file unchanged.
 */
final class WholeFile {
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<?>[] SHARED = {};
  private static final FileAttribute<?>[] PRIVATE = {
    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
  };

  private WholeFile() {}

  /** Writes the content. */
  interface FileContent {
    void to(OutputStream out) throws IOException;
  }

  /** Refused if the file exists, unless {@code replaces}; {@code content} is not asked for then. */
  static void write(Path target, boolean replaces, FileContent content) throws IOException {
    write(target, replaces, null, content);
  }

  /**
   * The same with permissions, which it gets once it is complete: until then it is its owner's
   * alone. Without them it gets those of any new file.
   */
  static void write(
      Path target,
      boolean replaces,
      @Nullable Set<PosixFilePermission> permissions,
      FileContent content)
      throws IOException {
    if (!replaces && Files.exists(target)) {
      throw taken(target);
    }
    Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
    if (!Files.isDirectory(folder)) {
      throw new IOException(target + " cannot be written: its folder is not there");
    }
    Path half =
        folder.resolve("." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    Files.deleteIfExists(half); // Left by an earlier process with this pid.
    try {
      try (FileChannel channel =
              FileChannel.open(half, NEW, permissions == null ? SHARED : PRIVATE);
          OutputStream out = Channels.newOutputStream(channel)) {
        content.to(out);
        out.flush();
        if (permissions != null) {
          Files.setPosixFilePermissions(half, permissions);
        }
        channel.force(true);
      }
      rename(half, target, replaces);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  private static void rename(Path half, Path target, boolean replaces) throws IOException {
    if (replaces) {
      Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    try {
      Files.createLink(target, half); // Unlike a rename, a link never replaces a file.
    } catch (FileAlreadyExistsException e) {
      throw taken(target);
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(half, target); // The file system has no links.
    }
  }

  private static Refused taken(Path target) {
    return Refused.invalid(
        "FILE",
        target.toString(),
        "is there already",
        "Name another one, or give --force to write over it.");
  }
}

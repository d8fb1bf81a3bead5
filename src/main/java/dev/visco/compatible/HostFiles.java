package dev.visco.compatible;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Checks files of the host that a configuration names, by opening them once. */
final class HostFiles {
  private HostFiles() {}

  /** Also accepts a folder, which can be opened and fails only when read (recorded). */
  static void requireReadable(String field, String path) throws Fault {
    Path file = path(field, path);
    if (path.isEmpty() || !Files.exists(file)) {
      throw new Fault(
          "`%s` cannot be opened: no such file or directory: %s".formatted(field, path));
    }
    if (!Files.isReadable(file)) {
      throw new Fault("`%s` cannot be opened: permission denied: %s".formatted(field, path));
    }
  }

  static void requireDisk(String field, String path, boolean readOnly) throws Fault {
    requireFile(field, path);
    try (FileChannel channel =
        readOnly
            ? FileChannel.open(path(field, path), StandardOpenOption.READ)
            : FileChannel.open(
                path(field, path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.size();
    } catch (IOException e) {
      throw new Fault("`%s` cannot be opened: %s".formatted(field, OutputFiles.reason(e)));
    }
  }

  private static void requireFile(String field, String path) throws Fault {
    requireReadable(field, path);
    if (Files.isDirectory(path(field, path))) {
      throw new Fault("`%s` is a directory: %s".formatted(field, path));
    }
  }

  /** Checks that a server listens at this path. */
  static void requireListener(String field, String path) throws Fault {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path(field, path)));
    } catch (IOException e) {
      throw new Fault("`%s` cannot be connected to: %s".formatted(field, path));
    }
  }

  private static Path path(String field, String path) throws Fault {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new Fault("`%s` is not a path: %s".formatted(field, path));
    }
  }
}

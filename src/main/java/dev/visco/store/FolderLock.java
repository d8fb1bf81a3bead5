package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Only one process at a time has a data folder. The lock is a record lock on its file {@code lock},
 * which the kernel drops with the process, and also when the process closes <em>any</em> descriptor
 * of that file (fcntl(2)): so a process that holds it never opens the file a second time.
 */
final class FolderLock implements AutoCloseable {
  /** The lock files, by device and inode, that this process holds. */
  private static final Set<Object> HELD = new HashSet<>();

  private final FileChannel channel;
  private final Object key;

  private FolderLock(FileChannel channel, Object key) {
    this.channel = channel;
    this.key = key;
  }

  /** Takes the lock and makes the folder if need be; refused while somebody has it. */
  static FolderLock take(Path data) {
    Path file = data.resolve("lock");
    synchronized (HELD) {
      try {
        Files.createDirectories(data);
        // VMMs run as their own users and must reach their files below.
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        if (isHeld(file)) {
          throw inUse(data, Long.toString(ProcessHandle.current().pid()));
        }
        return lock(data, file);
      } catch (IOException e) {
        throw new Refused(
            new Refusal.HostLacks(
                "data folder",
                "The data folder " + data + " cannot be used: " + e.getMessage(),
                "Run as root, or set data (VISCO_DATA) to another folder."));
      }
    }
  }

  private static FolderLock lock(Path data, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(data, Files.readString(file).strip());
      }
      channel.truncate(0);
      channel.write(StandardCharsets.UTF_8.encode(ProcessHandle.current().pid() + "\n"));
      Object key = key(file);
      HELD.add(key);
      return new FolderLock(channel, key);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Refused inUse(Path data, String pid) {
    return new Refused(
        new Refusal.Conflict(
            "Process " + pid + " uses the data folder " + data + " already.",
            "Stop it (visco down), or set data (VISCO_DATA) to another folder."));
  }

  /** The pid of the process that has the folder, empty when none has. */
  static Optional<Long> holder(Path data) {
    Path file = data.resolve("lock");
    synchronized (HELD) {
      try {
        if (isHeld(file)) {
          return Optional.of(ProcessHandle.current().pid());
        }
        return Files.exists(file) ? otherHolder(file) : Optional.empty();
      } catch (IOException | NumberFormatException e) {
        return Optional.empty();
      }
    }
  }

  private static Optional<Long> otherHolder(Path file) throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null
          ? Optional.empty()
          : Optional.of(Long.parseLong(Files.readString(file).strip()));
    }
  }

  private static boolean isHeld(Path file) throws IOException {
    return Files.exists(file) && HELD.contains(key(file));
  }

  private static Object key(Path file) throws IOException {
    return Objects.requireNonNull(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      channel.close();
      HELD.remove(key);
    }
  }
}

package dev.visco.store;

import dev.visco.host.LockFiles;
import dev.visco.host.ProcessRef;
import dev.visco.host.Waiting;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Allows one process at a time to use a data folder, by a record lock on its file {@code lock}. The
 * kernel releases the lock when the process ends, and also when the process closes <em>any</em>
 * descriptor of that file (fcntl(2)): so a process that holds it never opens the file a second
 * time. The file contains the holder's pid, start ticks and boot id.
 */
final class FolderLock implements AutoCloseable {
  private static final String FILE = "lock";
  private static final int MAX_LENGTH = 200;

  /** How long the kernel may take to release the files of a killed process. */
  private static final Duration ENDING = Duration.ofSeconds(2);

  private static final Duration PERIOD = Duration.ofMillis(10);

  /** The lock files that this process holds, by device and inode. */
  private static final Set<Object> HELD = new HashSet<>();

  private final FileChannel channel;
  private final Object key;

  private FolderLock(FileChannel channel, Object key) {
    this.channel = channel;
    this.key = key;
  }

  /**
   * Takes the lock, and creates the folder if needed. Refused while another process holds it, and
   * for a folder that is not Visco's.
   */
  static FolderLock take(Path data) {
    Path file = data.resolve(FILE);
    synchronized (HELD) {
      try {
        DataFolder.require(data);
        Files.createDirectories(data);
        // VMMs run as users of their own and must reach their files below.
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        if (isHeld(file)) {
          throw inUse(data, Optional.of(ProcessRef.own()));
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
    FileChannel channel = LockFiles.open(file);
    try {
      acquire(data, channel);
      ProcessRef own = ProcessRef.own();
      String record = own.pid() + " " + own.startTicks() + " " + own.bootId() + "\n";
      channel.truncate(0);
      channel.write(StandardCharsets.UTF_8.encode(record), 0);
      Object key = key(file);
      HELD.add(key);
      return new FolderLock(channel, key);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Takes the lock. A daemon that was killed a moment ago still holds it, but is no longer found:
   * its main thread has ended, and its other threads still have the file open. So a lock without a
   * known holder is waited for before it is refused.
   */
  private static void acquire(Path data, FileChannel channel) throws IOException {
    long end = System.nanoTime() + ENDING.toNanos();
    while (channel.tryLock() == null) {
      Optional<ProcessRef> holder = recorded(channel);
      if (holder.isPresent() || System.nanoTime() > end) {
        throw inUse(data, holder);
      }
      Waiting.pause(PERIOD);
    }
  }

  private static Refused inUse(Path data, Optional<ProcessRef> holder) {
    return new Refused(
        holder
            .map(process ->
                new Refusal.Conflict(
                    "Process " + process.pid() + " uses the data folder " + data + " already.",
                    Advice.of(
                        "Stop it ({}), or set data (VISCO_DATA) to another folder.",
                        new Remedy.StopDaemon())))
            .orElseGet(() ->
                new Refusal.Conflict(
                    "A process that is not Visco's has locked " + data.resolve(FILE) + ".",
                    "End it (lslocks names it), or set data (VISCO_DATA) to another folder.")));
  }

  /** The process that holds the lock; empty when none does. */
  static Optional<ProcessRef> holder(Path data) {
    Path file = data.resolve(FILE);
    synchronized (HELD) {
      try {
        if (isHeld(file)) {
          return Optional.of(ProcessRef.own());
        }
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            ? otherHolder(file)
            : Optional.empty();
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  private static Optional<ProcessRef> otherHolder(Path file) throws IOException {
    try (FileChannel channel = LockFiles.open(file);
        FileLock lock = channel.tryLock()) {
      return lock != null ? Optional.empty() : recorded(channel);
    }
  }

  /** The process named in the file, if it still runs. Earlier versions wrote only the pid. */
  private static Optional<ProcessRef> recorded(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_LENGTH);
    channel.read(bytes, 0);
    String[] words = StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip().split(" ", -1);
    if (!words[0].matches("\\d{1,9}")) {
      return Optional.empty();
    }
    return ProcessRef.find(Long.parseLong(words[0]))
        .filter(found ->
            words.length == 1
                || words.length == 3
                    && words[1].equals(Long.toString(found.startTicks()))
                    && words[2].equals(found.bootId()));
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

package dev.visco.app;

import dev.visco.host.DataFolders;
import dev.visco.host.LockFiles;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.store.DataFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Lock so that one {@code visco up} at a time works on a data folder, for example of a boot unit
 * and of a person: the second one waits, and then finds everything done. The kernel releases the
 * lock with the process.
 */
final class UpLock implements AutoCloseable {
  private final FileChannel channel;

  private UpLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes it, and makes the data folder where it is not there; waits while another has it. */
  static UpLock take(Path data, Progress progress) {
    return take(data, DataFolder.UP_LOCK, "wait for another visco up", progress);
  }

  /** The lock of upgrades, which lasts through all steps of one. */
  static UpLock ofUpgrades(Path data, Progress progress) {
    return take(data, DataFolder.UPGRADES + "/lock", "wait for another visco upgrade", progress);
  }

  private static UpLock take(Path data, String file, String waiting, Progress progress) {
    FileChannel channel = null;
    try {
      DataFolder.require(data);
      Files.createDirectories(data);
      if (file.startsWith(DataFolder.UPGRADES)) {
        DataFolders.closed(data.resolve(DataFolder.UPGRADES));
      }
      channel = LockFiles.open(data.resolve(file));
      if (channel.tryLock() == null) {
        progress.report(waiting, -1);
        channel.lock();
      }
      return new UpLock(channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw unusable(data, e);
    }
  }

  /** A data folder that cannot be made or written to; the reason in words, not as a class. */
  static Refused unusable(Path data, IOException cause) {
    String reason =
        switch (cause) {
          case AccessDeniedException denied -> "permission is denied for " + denied.getFile();
          case FileAlreadyExistsException other ->
              other.getFile() + " is there and is no folder, or a link that leads nowhere";
          case FileSystemException other when other.getReason() != null ->
              other.getFile() + ": " + other.getReason();
          default -> cause.getMessage() + "";
        };
    return new Refused(
        new Refusal.HostLacks(
            "data folder",
            "The data folder " + data + " cannot be used: " + reason + ".",
            "Set data (VISCO_DATA) to another folder, or put this one right."));
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The exception being thrown tells more.
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}

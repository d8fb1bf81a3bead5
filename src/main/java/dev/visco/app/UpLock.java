package dev.visco.app;

import dev.visco.host.HostFault;
import dev.visco.host.LockFiles;
import dev.visco.model.Progress;
import dev.visco.store.DataFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One {@code visco up} at a time works on a data folder, a boot unit's and a person's for example:
 * the second waits, and then finds done what the first one did. The kernel gives the lock back with
 * the process, however that ends.
 */
final class UpLock implements AutoCloseable {
  private final FileChannel channel;

  private UpLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes it, and makes the data folder where it is not there; waits while another has it. */
  static UpLock take(Path data, Progress progress) {
    FileChannel channel = null;
    try {
      DataFolder.require(data);
      Files.createDirectories(data);
      channel = LockFiles.open(data.resolve(DataFolder.UP_LOCK));
      if (channel.tryLock() == null) {
        progress.report("wait for another visco up", -1);
        channel.lock();
      }
      return new UpLock(channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new HostFault("the data folder " + data + " cannot be used: " + e, e);
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The fault that is on its way says more.
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}

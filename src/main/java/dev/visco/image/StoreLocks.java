package dev.visco.image;

import dev.visco.host.DataFolders;
import dev.visco.host.HostFault;
import dev.visco.host.LockFiles;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Who may change the image store, and who may make an image: one thread on this host each. */
final class StoreLocks {
  private static final String LOCK = "lock";
  private static final String WORK_LOCK = "work.lock";
  private final Path folder;
  private final ReentrantLock busy = new ReentrantLock();
  private final ReentrantLock makes = new ReentrantLock();

  StoreLocks(Path folder) {
    this.folder = folder;
  }

  /** Runs short work while no other thread or process changes the store. */
  <T extends @Nullable Object> T locked(Progress progress, StoreWork<T> work) {
    return alone(busy, LOCK, progress, work);
  }

  /** Runs work while no other thread or process makes an image. */
  <T extends @Nullable Object> T making(Progress progress, StoreWork<T> work) {
    return alone(makes, WORK_LOCK, progress, work);
  }

  /** Runs short work unless somebody changes the store, which is told by false. */
  boolean unlessLocked(StoreWork<?> work) {
    return unlessTaken(busy, LOCK, work);
  }

  /** Runs short work unless somebody makes an image, which is told by false. */
  boolean unlessMaking(StoreWork<?> work) {
    return unlessTaken(makes, WORK_LOCK, work);
  }

  private <T extends @Nullable Object> T alone(
      ReentrantLock mine, String file, Progress progress, StoreWork<T> work) {
    if (!mine.tryLock()) {
      progress.report("wait for another change of the image store to end", -1);
      mine.lock();
    }
    try {
      DataFolders.passable(folder);
      try (var channel = LockFiles.open(folder.resolve(file));
          var lock = lock(channel, progress)) {
        assert lock.isValid();
        return work.run();
      }
    } catch (IOException e) {
      throw fault(e);
    } finally {
      mine.unlock();
    }
  }

  private static FileLock lock(FileChannel channel, Progress progress) throws IOException {
    FileLock lock = channel.tryLock();
    if (lock != null) {
      return lock;
    }
    progress.report("wait for another change of the image store to end", -1);
    return channel.lock();
  }

  private boolean unlessTaken(ReentrantLock mine, String file, StoreWork<?> work) {
    if (!Files.isDirectory(folder)) {
      return true; // There is nothing to work on.
    }
    if (mine.isHeldByCurrentThread() || !mine.tryLock()) {
      return false;
    }
    try (var channel = LockFiles.open(folder.resolve(file));
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        work.run();
      }
      return lock != null;
    } catch (IOException e) {
      throw fault(e);
    } finally {
      mine.unlock();
    }
  }

  private HostFault fault(IOException e) {
    return new HostFault("the image store " + folder + ": " + e.getMessage(), e);
  }
}

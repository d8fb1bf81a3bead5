package dev.visco.backup;

import dev.visco.host.DurableFiles;
import dev.visco.host.LockFiles;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder {@code .NAME.visco-backup} beside a backup, in which all of it is written before it
 * gets its name. Whoever writes holds a lock in it; one without a holder was left by a process that
 * was killed, and the next backup into the same folder removes it, after it has resumed the VMs
 * that are recorded in it as paused.
 */
final class BackupWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackupWork.class);
  private static final String SUFFIX = ".visco-backup";
  private static final String LOCK = "lock";
  private static final String PAUSED = "paused-";

  private final Path folder;
  private final FileChannel lock;

  private BackupWork(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Removes what killed backups left beside {@code target}, and makes this one's folder; refused
   * while another process writes a backup of that name.
   *
   * @param pausing resumes VMs that a killed backup left paused; null leaves them, with the record
   */
  static BackupWork begin(Path target, Backup.@Nullable Pausing pausing) throws IOException {
    Path own = target.resolveSibling("." + target.getFileName() + SUFFIX);
    for (Path left : left(Objects.requireNonNull(target.getParent()))) {
      BackupWork work = left.equals(own) ? null : open(left);
      if (work != null) {
        try (work) {
          work.clear(pausing);
        }
      }
    }
    try {
      Files.createDirectory(
          own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // Left by one that was killed, or in use, which its lock tells.
    }
    BackupWork work = open(own);
    if (work == null) {
      throw new Refused(
          new Refusal.Conflict(
              "Another process writes the backup " + target + " now.",
              "Wait until it has ended, or name another file."));
    }
    try {
      work.clear(pausing);
      return work;
    } catch (IOException | RuntimeException e) {
      work.lock.close();
      throw e;
    }
  }

  private static List<Path> left(Path parent) throws IOException {
    var found = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(parent, ".*" + SUFFIX)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          found.add(entry);
        }
      }
    }
    return found;
  }

  /** Null while another process, or another backup of this one, holds it; and when it is gone. */
  private static @Nullable BackupWork open(Path folder) throws IOException {
    FileChannel lock;
    try {
      lock = LockFiles.open(folder.resolve(LOCK));
    } catch (NoSuchFileException e) {
      return null;
    }
    try {
      if (lock.tryLock() != null) {
        return new BackupWork(folder, lock);
      }
    } catch (OverlappingFileLockException e) {
      // Held in this process.
    }
    lock.close();
    return null;
  }

  /** A file or folder in it. */
  Path resolve(String name) {
    return folder.resolve(name);
  }

  /** Records that a VM is about to be paused. */
  void pausing(VmId vm) throws IOException {
    Files.createFile(folder.resolve(PAUSED + vm));
  }

  /** Records that it goes on. */
  void resumed(VmId vm) throws IOException {
    Files.deleteIfExists(folder.resolve(PAUSED + vm));
  }

  /** Removes all but the lock, and the records of VMs that cannot be resumed now. */
  private void clear(Backup.@Nullable Pausing pausing) throws IOException {
    for (Path entry : entries()) {
      String name = entry.getFileName().toString();
      boolean isRecord = name.startsWith(PAUSED);
      if (!name.equals(LOCK)
          && (!isRecord || isResumed(new VmId(name.substring(PAUSED.length())), pausing))) {
        DurableFiles.deleteTree(entry);
      }
    }
  }

  private static boolean isResumed(VmId vm, Backup.@Nullable Pausing pausing) {
    if (pausing == null) {
      return false;
    }
    try {
      pausing.resume(vm);
      LOG.warn("{}: a backup that was killed had paused it; it was resumed", vm);
      return true;
    } catch (RuntimeException e) {
      LOG.warn("{}: a backup that was killed has paused it; it could not be resumed", vm, e);
      return false;
    }
  }

  private List<Path> entries() throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  /** Removes the folder, unless VMs are recorded in it that are paused still. */
  @Override
  public void close() throws IOException {
    try (lock) {
      clear(null);
      if (entries().size() == 1) {
        DurableFiles.deleteTree(folder);
      }
    }
  }
}

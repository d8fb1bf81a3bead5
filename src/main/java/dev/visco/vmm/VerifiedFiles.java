package dev.visco.vmm;

import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The digests of files that this process has read, each as long as nothing about its file changes:
 * device, inode, size, and the times of its last write and its last change (inode(7), mtime and
 * ctime). So a snapshot from which many machines start is read once. A process that starts later
 * reads it again.
 *
 * <p>What the kernel notes of a change may be as coarse as its clock's tick: a file that was
 * changed a moment ago could be changed again within the same one, so its digest is not kept. A
 * hard link changes ctime and the number of links; that alone is no change of the content, and
 * Firecracker's machines have links to their memory.
 */
final class VerifiedFiles {
  /** More than a tick of the slowest clock, which has 100 a second. */
  private static final Duration SETTLED = Duration.ofMillis(50);

  /** A snapshot has five files. */
  private static final int MAX = 10_000;

  private static final Map<Path, Verified> KNOWN =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Verified> eldest) {
          return size() > MAX;
        }
      };

  private VerifiedFiles() {}

  private record Verified(FileIdentity identity, Digest digest) {}

  private record FileIdentity(
      long device, long inode, long bytes, FileTime written, FileTime changed, int links) {
    static FileIdentity of(Path file) throws IOException {
      Map<String, Object> facts =
          Files.readAttributes(
              file, "unix:dev,ino,size,lastModifiedTime,ctime,nlink", LinkOption.NOFOLLOW_LINKS);
      return new FileIdentity(
          (Long) fact(facts, "dev"),
          (Long) fact(facts, "ino"),
          (Long) fact(facts, "size"),
          (FileTime) fact(facts, "lastModifiedTime"),
          (FileTime) fact(facts, "ctime"),
          (Integer) fact(facts, "nlink"));
    }

    private static Object fact(Map<String, Object> facts, String name) {
      return Objects.requireNonNull(facts.get(name), name);
    }

    boolean isStill(FileIdentity earlier) {
      return device == earlier.device
          && inode == earlier.inode
          && bytes == earlier.bytes
          && written.equals(earlier.written)
          && (changed.equals(earlier.changed) || links != earlier.links);
    }

    boolean isSettled() {
      long age = System.currentTimeMillis() - changed.toMillis();
      return age > SETTLED.toMillis();
    }
  }

  /** Reads a file. */
  interface Reading {
    Digest read(Path file);
  }

  /** The digest of a file, by reading it now. */
  static Digest read(Path file, Reading reading) throws IOException {
    FileIdentity before = FileIdentity.of(file);
    boolean isSettled = before.isSettled();
    Digest digest = reading.read(file);
    synchronized (KNOWN) {
      if (isSettled && FileIdentity.of(file).equals(before)) {
        KNOWN.put(file.toAbsolutePath(), new Verified(before, digest));
      } else {
        KNOWN.remove(file.toAbsolutePath());
      }
    }
    return digest;
  }

  /** The digest of a file that was read before and has not changed since; empty for any other. */
  static Optional<Digest> known(Path file) throws IOException {
    FileIdentity now = FileIdentity.of(file);
    synchronized (KNOWN) {
      Verified known = KNOWN.get(file.toAbsolutePath());
      if (known == null || !now.isStill(known.identity())) {
        return Optional.empty();
      }
      KNOWN.put(file.toAbsolutePath(), new Verified(now, known.digest()));
      return Optional.of(known.digest());
    }
  }
}

package dev.visco.lifecycle;

import dev.visco.model.Digest;
import java.nio.file.Path;
import java.util.Set;

/** The files of snapshots. Every method is safe to repeat. */
public interface SnapshotStore {
  /**
   * Completes what {@link Machines#snapshot} wrote: records a digest of every file, and syncs them.
   * The machine may run again meanwhile, since nothing writes to these files any more; they are
   * mostly still in the host's page cache.
   */
  SealedSnapshot seal(Path files);

  /**
   * A complete snapshot.
   *
   * @param bytes size of its files together
   * @param digest digest of the list of its files' digests
   */
  record SealedSnapshot(long bytes, Digest digest) {}

  /** Removes a snapshot's files. One that is half removed can be told from a complete one. */
  void remove(Path files);

  /** The folders of all snapshots on the disk, incomplete ones too. */
  Set<Path> all();
}

package dev.visco.lifecycle;

import dev.visco.model.Digest;
import java.nio.file.Path;
import java.util.Set;

/** The files of snapshots; every method is safe to repeat. */
public interface SnapshotStore {
  /**
   * Makes whole what {@link Machines#snapshot} wrote: every file has its digest, and all of it is
   * synced. It is not held up by this that the machine goes on: its files are read from the host's
   * memory, in which they still are, and nobody writes to them any more.
   */
  SealedSnapshot seal(Path files);

  /**
   * A whole snapshot.
   *
   * @param bytes what its files have together
   * @param digest what their digests come to
   */
  record SealedSnapshot(long bytes, Digest digest) {}

  /** Removes a snapshot's files; one that is half removed is known as such. */
  void remove(Path files);

  /** The folders of all snapshots that there are, half ones too. */
  Set<Path> all();
}

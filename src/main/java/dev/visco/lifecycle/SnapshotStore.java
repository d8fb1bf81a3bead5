package dev.visco.lifecycle;

import dev.visco.model.Digest;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The files of snapshots. Every method is safe to repeat. */
public interface SnapshotStore {
  /** The folder of a snapshot that need not be there yet. */
  Path folder(SnapshotPlace place);

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

  /** What a complete snapshot will be without its memory; nothing is changed. */
  SealedSnapshot withoutMemory(Path files);

  /**
   * Removes the memory of a complete snapshot, and leaves its disk; nothing where there is none.
   */
  void dropMemory(Path files);

  /** Removes a snapshot's files. One that is half removed can be told from a complete one. */
  void remove(Path files);

  /** The folders of all snapshots on the disk, incomplete ones too. */
  Set<Path> all();

  /**
   * The folder of the snapshot over whose disk the VM's present disk is a layer; empty for none.
   */
  Optional<Path> below(VmId vm);

  /** The same of every disk that the VM has, also of one that was put aside. */
  Set<Path> belowAll(VmId vm);

  /**
   * Whether the files of a snapshot that lie in its VM's folder can be moved out of it: both
   * folders are of one file system.
   */
  boolean canMoveOut();

  /** Moves the files of a snapshot out of its VM's folder. */
  void moveOut(Path from, Path to);
}

package dev.visco.lifecycle;

import dev.visco.lifecycle.boot.VolumeFiles;
import dev.visco.model.VolumeId;
import java.util.Map;
import java.util.Set;

/**
 * The files of volumes; every method is safe to repeat. {@link VolumeFiles} has them on this host.
 */
public interface VolumeStore {
  /** Makes the file with an empty file system of this size, in place of a half one. */
  void make(VolumeId id, long bytes);

  /** Removes the file. */
  void remove(VolumeId id);

  /** Removes what was never finished, and gives the ids of all that are whole. */
  Set<VolumeId> sweep();

  /** What each of these takes on the disk, in bytes; one that is not there takes 0. */
  Map<VolumeId, Long> taken(Set<VolumeId> ids);

  /**
   * Gives the file to the VM's machine, which does not run.
   *
   * @param bytes the size that the file and, where it can be, its file system get first
   */
  void lend(VmWork work, VolumeId id, long bytes, boolean readOnly);

  /** Takes the file back from a machine that has ended: it is root's alone then. */
  void takeBack(VolumeId id);
}

package dev.visco.lifecycle;

import dev.visco.lifecycle.boot.VolumeFiles;
import dev.visco.model.VolumeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

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
   * Mends the file system, which nobody uses, as far as nothing is lost by it.
   *
   * @throws dev.visco.model.Refused when it is damaged beyond that
   */
  void mend(VolumeId id);

  /** Makes the file and its file system, which was mended and nobody uses, at least this large. */
  void grow(VolumeId id, long bytes);

  /** Makes the file at least this large, whoever uses it; what is new is a hole. */
  void lengthen(VolumeId id, long bytes);

  /** Writes the file, which nobody uses, as gzip. */
  void export(VolumeId id, OutputStream out) throws IOException;

  /**
   * Receives a file system of ext4, packed with gzip or not, and checks that all of it is sound.
   *
   * @param id that its label becomes
   * @param maxBytes of the unpacked file
   * @param room told now and then how many bytes there are; throws when there are too many
   * @throws IOException when what comes breaks off
   * @throws dev.visco.model.Refused when it is no sound ext4 file system, or too large
   */
  StagedVolume receive(VolumeId id, InputStream in, long maxBytes, LongConsumer room)
      throws IOException;

  /**
   * Gives the file to the VM's machine, which does not run.
   *
   * @param bytes the size that the file and, where it can be, its file system get first
   */
  void lend(VmWork work, VolumeId id, long bytes, boolean readOnly);

  /** Takes the file back from a machine that has ended: it is root's alone then. */
  void takeBack(VolumeId id);
}

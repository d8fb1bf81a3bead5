package dev.visco.lifecycle;

import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folders of VMs, with their keys and disks. Every method is safe to repeat. {@link
 * HostVmDisks} keeps them in the data folder.
 */
public interface VmDisks {
  /** Makes folder, keys and disks; the root disk is a copy of the VM's origin. */
  void prepare(VmWork work);

  /**
   * The same for a VM that ran before: its root disk is kept as it is.
   *
   * @throws dev.visco.model.Refused when that is gone
   */
  void prepareAgain(VmWork work);

  /**
   * Makes its root disk larger, where it is smaller. Its machine does not run; the guest's file
   * system grows at its next boot.
   *
   * @param mib its new size
   */
  void grow(VmWork work, int mib);

  /**
   * What a VM's files take on the host, in bytes; it grows with what the guest writes to where
   * nothing was.
   *
   * @param disk its root disk; 0 when it has none
   * @param volumes those that it may write to
   */
  record TakenBytes(long disk, long volumes) {}

  /** What its files take now. */
  TakenBytes taken(VmWork work);

  /**
   * Refuses to go on when the root disk of a VM that ran before is not there, whose content nobody
   * can make again.
   *
   * @throws dev.visco.model.Refused when it is gone
   */
  void requireKept(VmWork work);

  /**
   * Writes a compressed copy of the root disk beside it, and compares the two.
   *
   * @throws dev.visco.host.HostFault when that fails; the disk is as it was
   */
  void pack(VmWork work);

  /** Has the compressed copy take the place of the disk that it was made from. */
  void replaceByPacked(VmId id);

  /** Removes a compressed copy of which the disk itself is there, and what is left of one. */
  void dropPacked(VmId id);

  /** Makes a root disk ready for a machine that may be there compressed only. */
  void unpack(VmWork work);

  /** Removes the folder with all its content. */
  void remove(VmId id);

  /** Moves the root disk aside, where it is kept while another takes its place. */
  void putAside(VmId id);

  /**
   * Puts a copy of a snapshot's disk in place.
   *
   * @param files the folder that {@link Machines#snapshot} wrote
   */
  void take(VmWork work, Path files);

  /**
   * Moves the disk back that was moved aside. The machine does not run.
   *
   * @return false when none was moved aside: the one in place is the only one
   */
  boolean putBack(VmId id);

  /** The file of the disk that was moved aside; empty when none was. */
  Optional<Path> aside(VmId id);

  /** Removes the disk that was moved aside. */
  void dropAside(VmId id);
}

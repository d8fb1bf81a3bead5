package dev.visco.lifecycle;

import dev.visco.model.VmId;
import java.nio.file.Path;

/**
 * VMs' folders, with the keys and disks in them; every method is safe to repeat. {@link
 * HostVmDisks} has them on this host.
 */
public interface VmDisks {
  /** Folder, keys and disks; the root disk begins as its origin says. */
  void prepare(VmWork work);

  /**
   * What the disks and volumes that it writes to take on the host, in bytes; it grows with what the
   * guest writes to where nothing was. 0 for a VM that has none.
   */
  long takenBytes(VmWork work);

  /**
   * Refuses to go on when the root disk of a VM that ran before is not there, whose content nobody
   * can make again.
   *
   * @throws dev.visco.model.Refused when it is gone
   */
  void requireKept(VmWork work);

  /** Removes the folder and all in it. */
  void remove(VmId id);

  /** Puts the root disk aside, where it stays whatever takes its place. */
  void putAside(VmId id);

  /**
   * Puts a copy of a snapshot's disk in place.
   *
   * @param files what {@link Machines#snapshot} wrote
   */
  void take(VmWork work, Path files);

  /**
   * Puts the disk back that was put aside. The machine does not run.
   *
   * @return false when none was put aside: the one in place is all there is
   */
  boolean putBack(VmId id);

  /** Removes the disk that was put aside. */
  void dropAside(VmId id);
}

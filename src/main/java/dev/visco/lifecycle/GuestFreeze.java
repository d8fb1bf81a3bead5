package dev.visco.lifecycle;

import dev.visco.model.SnapshotConsistency;

/** Has guests hold their disks still. */
public interface GuestFreeze {
  /**
   * Does something while the guest's file systems are frozen; where the guest cannot freeze them,
   * after it has written what it had to its disks.
   *
   * @param work stops the guest itself for as long as it needs its disk; it is done once
   * @return which of both it was
   * @throws dev.visco.host.HostFault when the guest cannot be asked
   */
  SnapshotConsistency during(VmWork vm, Runnable work);
}

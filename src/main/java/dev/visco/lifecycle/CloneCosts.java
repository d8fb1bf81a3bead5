package dev.visco.lifecycle;

import dev.visco.model.CloneDisk;
import dev.visco.model.VmId;
import java.nio.file.Path;

/** What the disks of clones cost on this host. */
public interface CloneCosts {
  /**
   * @param kind how each clone's disk is made
   * @param mib what each takes at once
   * @param snapshotMib what a snapshot's disk takes: of a fork, its new snapshot's
   */
  record DiskCost(CloneDisk kind, long mib, long snapshotMib) {}

  /** Of clones of the snapshot in this folder. */
  DiskCost fromSnapshot(Path files);

  /** Of forks of a VM as it is now. */
  DiskCost fromVm(VmId vm);

  /** What the file system of the VMs has for new ones, in MiB. */
  long freeMib();

  /**
   * Refuses what does not fit.
   *
   * @param snapshotMib for a new snapshot; 0 for none
   * @param diskMib for disks of VMs
   */
  void requireRoom(long snapshotMib, long diskMib);
}

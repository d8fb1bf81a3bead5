package dev.visco.vmm;

/** Who starts from the memory of a snapshot, by which a driver chooses how a machine gets it. */
public enum MemoryUse {
  /**
   * Any number of machines, also at the same time. Where the driver can, they share the pages that
   * none of them has written, which then stay in the host's memory as long as one of them runs.
   */
  SHARED,

  /**
   * This machine alone, as when it goes on from its own memory, which is removed then. It gets
   * memory of its own, and no page is kept twice.
   */
  ALONE
}

package dev.visco.vmm;

/** Whether a machine's guest stands still, and who made it. */
public enum Standstill {
  /** It runs, or its machine is in a state that is neither, as while it loads a snapshot. */
  NONE,

  /** Somebody paused it. */
  PAUSED,

  /**
   * The VMM stopped it at a write for which the host's disk has no room. {@link
   * MachineHandle#resume} lets it go on and repeats the write.
   */
  NO_SPACE,

  /** The VMM stopped it at a request that the host's disk failed to do; likewise repeated. */
  DISK_ERROR
}

package dev.visco.vmm.release;

import dev.visco.model.Transport;

/**
 * What a Firecracker release can do, by its version: its change log, and what real processes of
 * 1.9.1, 1.13.1, 1.14.4 and 1.16.1 answered.
 */
public record ReleaseFeatures(Version version) {
  /** {@code --enable-pci}. */
  public boolean hasPci() {
    return version.isAtLeast(1, 13);
  }

  /** Without it log and metrics files must be there before it starts, or it ends. */
  public boolean makesLogFiles() {
    return version.isAtLeast(1, 14);
  }

  /** {@code network_overrides} of a snapshot's load. */
  public boolean hasNetworkOverrides() {
    return version.isAtLeast(1, 12);
  }

  /** {@code vsock_override} and {@code clock_realtime} of a snapshot's load. */
  public boolean hasVsockOverride() {
    return version.isAtLeast(1, 16);
  }

  /** {@code PUT /serial}. */
  public boolean hasSerial() {
    return version.isAtLeast(1, 14);
  }

  /** A rate limiter in {@code /serial}. */
  public boolean hasSerialLimiter() {
    return version.isAtLeast(1, 16);
  }

  /** {@code track_dirty_pages} of a snapshot's load, before it {@code enable_diff_snapshots}. */
  public boolean tracksDirtyPagesOnLoad() {
    return version.isAtLeast(1, 13);
  }

  /** After a bare pause and resume new vsock connections from the host hang (its issue 6100). */
  public boolean losesVsockOnResume() {
    return true;
  }

  /** Only a release of the same format reads a snapshot; 0 where nobody wrote it down. */
  public int snapshotFormat() {
    return switch (version.major() * 100 + version.minor()) {
      case 109 -> 3;
      case 110, 111 -> 4;
      case 112 -> 6;
      case 113, 114 -> 8;
      case 115 -> 9;
      case 116 -> 10;
      default -> 0;
    };
  }

  /** The most drives that it starts with (recorded from real processes). */
  public int maxDrives(Transport transport) {
    return switch (transport) {
      case PCI -> 31;
      case MMIO -> version.isAtLeast(1, 16) ? 17 : 18;
    };
  }
}

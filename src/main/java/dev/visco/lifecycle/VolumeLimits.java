package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.store.VolumeRows.VolumeAdmission;
import java.util.function.LongSupplier;

/**
 * What volumes may have together. They have bounds of their own, as large as those of VMs' disks:
 * whoever fills one with volumes can still create VMs.
 *
 * @param mib of all volumes ({@code limits.disk-mib})
 * @param mibPerUser of one user's ({@code limits.disk-mib-per-user})
 * @param freeMib room in the data folder's file system now
 */
public record VolumeLimits(long mib, long mibPerUser, LongSupplier freeMib) {
  /** The store and the logs need some room also when volumes fill the rest. */
  private static final long RESERVE_MIB = 128;

  /** Whether this user may have so many bytes more. */
  public VolumeAdmission admission(String owner, long bytes) {
    return usage -> {
      refuse("limits.disk-mib", "All volumes", usage.bytes(), bytes, mib);
      refuse(
          "limits.disk-mib-per-user",
          "The volumes of user " + owner,
          usage.bytesOfOwner(),
          bytes,
          mibPerUser);
      requireRoom(0);
    };
  }

  /** Refused when the data folder's file system has no room for so many bytes, and the reserve. */
  public void requireRoom(long bytes) {
    long free = freeMib.getAsLong();
    if (free - (bytes >> 20) < RESERVE_MIB) {
      throw new Refused(
          new Refusal.HostLacks(
              "disk space",
              "The data folder has %d MiB free; %d MiB are wanted, and the last %d MiB are kept for Visco's own records."
                  .formatted(free, bytes >> 20, RESERVE_MIB),
              Advice.of(
                  "Free some: {} shows volumes, {} failed VMs.",
                  new Remedy.ListVolumes(),
                  new Remedy.ListVms(true))));
    }
  }

  private static void refuse(String limit, String what, long now, long wanted, long max) {
    if (now + wanted > max << 20) {
      throw new Refused(
          new Refusal.LimitReached(
              limit,
              "%s have %d MiB of %d MiB; %d MiB more do not fit."
                  .formatted(what, now >> 20, max, wanted >> 20),
              Advice.of("Remove a volume ({})", new Remedy.RemoveVolume(null))
                  .and(", or raise " + limit + ".")));
    }
  }
}

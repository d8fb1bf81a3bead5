package dev.visco.lifecycle;

import dev.visco.host.DiskRoom;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.store.VolumeRows.VolumeAdmission;

/**
 * Quotas of volumes. They are as large as those of VMs' disks, but separate: a user whose volumes
 * have reached theirs can still create VMs.
 *
 * @param mib size of all volumes together, in MiB ({@code limits.disk-mib})
 * @param mibPerUser the same for one user ({@code limits.disk-mib-per-user})
 * @param room of the data folder's file system
 */
public record VolumeLimits(long mib, long mibPerUser, DiskRoom room) {
  /** Admits this many further bytes for a user, or refuses them. */
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

  /** Refuses to write this many bytes when they would come near the disk's reserve. */
  public void requireRoom(long bytes) {
    room.require((bytes + (1 << 20) - 1) >> 20, "this volume");
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

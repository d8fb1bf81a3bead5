package dev.visco.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A disk of a user's own that outlives VMs.
 *
 * @param bytes its size, of which it takes only what was written
 * @param takenBytes what it takes on the host's disk
 * @param vm to which it is attached, null for none
 * @param mount where that VM's guest mounts it, null while it is attached to none
 */
public record Volume(
    VolumeId id,
    UserId owner,
    VolumeName name,
    long bytes,
    long takenBytes,
    VolumeState state,
    @Nullable VmId vm,
    @Nullable VolumeMount mount,
    Instant created) {
  /** An ext4 file system with a journal needs some room of its own. */
  public static final long MIN_BYTES = 16L << 20;

  /** The largest file of an ext4 file system with blocks of 4 KiB. */
  public static final long MAX_BYTES = 16L << 40;

  /** Refuses, as {@code field}, what no volume can have. */
  public static void checkSize(String field, long bytes) {
    if (bytes < MIN_BYTES || bytes >= MAX_BYTES) {
      throw Refused.invalid(
          field,
          Sizes.bytesText(bytes),
          "is no size of a volume",
          "Give at least "
              + Sizes.bytesText(MIN_BYTES)
              + " and less than "
              + Sizes.bytesText(MAX_BYTES)
              + ".");
    }
  }
}

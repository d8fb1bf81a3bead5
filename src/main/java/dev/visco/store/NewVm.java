package dev.visco.store;

import dev.visco.model.Purpose;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VolumeMount;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a new VM.
 *
 * @param diskMib the size that its root disk may grow to; null for that of its image
 * @param metadata its name and labels
 * @param userData what its guest gets, as JSON; null for nothing
 * @param volumes volumes that are attached to it in the same transaction
 * @param pool which requests it waits for, see {@link PoolRows}; null for a VM that waits for none
 */
public record NewVm(
    VmId id,
    String owner,
    Purpose purpose,
    String spec,
    String image,
    int memoryMib,
    @Nullable Integer diskMib,
    String step,
    @Nullable String idempotencyKey,
    String requestDigest,
    long now,
    @Nullable Long expires,
    @Nullable String boot,
    @Nullable Long expiresSteady,
    String release,
    VmMetadata metadata,
    @Nullable String userData,
    List<VolumeMount> volumes,
    @Nullable String pool) {
  public NewVm {
    volumes = List.copyOf(volumes);
  }

  /**
   * A user's VM on the host's own QEMU, with a disk of its image's size and without volumes; the
   * end of its time to live is given by the wall clock alone.
   */
  public NewVm(
      VmId id,
      String owner,
      String spec,
      String image,
      int memoryMib,
      String step,
      @Nullable String idempotencyKey,
      String requestDigest,
      long now,
      @Nullable Long expires) {
    this(
        id,
        owner,
        Purpose.USER,
        spec,
        image,
        memoryMib,
        null,
        step,
        idempotencyKey,
        requestDigest,
        now,
        expires,
        null,
        null,
        VmSpec.QEMU,
        VmMetadata.NONE,
        null,
        List.of(),
        null);
  }
}

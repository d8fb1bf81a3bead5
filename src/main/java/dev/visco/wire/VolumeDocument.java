package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Volume;
import dev.visco.model.VolumeMount;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A volume in answers of the API.
 *
 * @param volumeId the label of its file system, by which guests find it
 * @param bytes its size
 * @param takenBytes what it takes on the host's disk
 * @param vmId the VM that it is attached to, left out for none
 * @param pending why its file system gets its new size with the next start of its VM only
 * @param path where that VM's guest mounts it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VolumeDocument(
    String name,
    String userId,
    String volumeId,
    long bytes,
    long takenBytes,
    String state,
    @Nullable String vmId,
    @Nullable String path,
    @Nullable Boolean readOnly,
    Instant created,
    @Nullable String pending) {
  /** The same, and why its file system does not have its size yet; null where it has. */
  public VolumeDocument withPending(@Nullable String why) {
    return new VolumeDocument(
        name, userId, volumeId, bytes, takenBytes, state, vmId, path, readOnly, created, why);
  }

  public static VolumeDocument of(Volume volume) {
    VolumeMount mount = volume.mount();
    return new VolumeDocument(
        volume.name().value(),
        volume.owner().value(),
        volume.id().value(),
        volume.bytes(),
        volume.takenBytes(),
        volume.state().word(),
        volume.vm() == null ? null : volume.vm().value(),
        mount == null ? null : mount.path().value(),
        mount == null ? null : mount.readOnly(),
        volume.created(),
        null);
  }
}

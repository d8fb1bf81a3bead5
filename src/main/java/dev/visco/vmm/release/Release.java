package dev.visco.vmm.release;

import dev.visco.model.Digest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Firecracker release that was added to this host.
 *
 * @param name what people call it here, its version unless another release had that name already
 * @param firecracker Visco's own copy, whose digest was checked
 * @param jailer null when it is started directly, in its slot's namespace under the VM's own uid
 */
public record Release(
    String name,
    Version version,
    Path firecracker,
    Digest digest,
    @Nullable Path jailer,
    @Nullable Digest jailerDigest) {
  public ReleaseFeatures features() {
    return new ReleaseFeatures(version);
  }
}

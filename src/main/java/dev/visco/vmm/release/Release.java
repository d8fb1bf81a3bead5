package dev.visco.vmm.release;

import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
  /** Stands in the first lines of a release that emulates its guests' processors. */
  public static final String EMULATES = "Visco's Firecracker-compatible process";

  public ReleaseFeatures features() {
    return new ReleaseFeatures(version);
  }

  /**
   * Whether it needs no KVM: Visco's own process with Firecracker's API says so in its first lines.
   *
   * @throws HostFault when the file cannot be read
   */
  public boolean isEmulated() {
    try (InputStream in = Files.newInputStream(firecracker)) {
      return new String(in.readNBytes(128), StandardCharsets.ISO_8859_1).contains(EMULATES);
    } catch (IOException e) {
      throw new HostFault("cannot read " + firecracker + ": " + HostFault.words(e), e);
    }
  }
}

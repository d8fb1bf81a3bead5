package dev.visco.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Digest;
import dev.visco.vmm.release.Version;
import dev.visco.vmm.release.Vulnerability;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A release as the API tells of it.
 *
 * @param status {@code in use}, {@code previous}, {@code added}, {@code canary met}, {@code canary
 *     failed}, {@code rolled back}, or {@code built in} for the host's QEMU when it is neither
 * @param reason why a canary failed, or why it was left
 * @param digest of the bytes that run; null for the host's QEMU, which its distribution keeps
 * @param source the file that it was copied from
 * @param checked when a canary last ended on it
 * @param accepted known vulnerabilities that the operator took upon himself
 * @param vms how many VMs it runs
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReleaseView(
    String name,
    @Nullable Version version,
    String status,
    @Nullable String reason,
    @Nullable Digest digest,
    @Nullable Digest jailerDigest,
    @Nullable String source,
    @Nullable Instant added,
    @Nullable Instant checked,
    @Nullable Features features,
    List<Vulnerability> vulnerabilities,
    List<String> accepted,
    int vms,
    int snapshots) {
  public ReleaseView {
    vulnerabilities = List.copyOf(vulnerabilities);
    accepted = List.copyOf(accepted);
  }

  /**
   * What it can do.
   *
   * @param snapshotFormat 0 where nobody wrote it down
   * @param maxDrives on the transport that takes more
   */
  public record Features(
      boolean pci,
      boolean jailer,
      boolean networkOverrides,
      boolean vsockOverride,
      boolean serial,
      int snapshotFormat,
      int maxDrives) {}
}

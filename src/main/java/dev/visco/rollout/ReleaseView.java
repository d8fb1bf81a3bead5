package dev.visco.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Digest;
import dev.visco.vmm.release.Version;
import dev.visco.vmm.release.Vulnerability;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A release as the API shows it.
 *
 * @param status {@code in use}, {@code previous}, {@code added}, {@code canary met}, {@code canary
 *     failed}, {@code rolled back}, or {@code built in} for the host's QEMU when it is neither
 * @param reason why a canary failed, or why the release was rolled back
 * @param digest of the file that is executed; null for the host's QEMU, which its distribution
 *     maintains
 * @param source the file that it was copied from
 * @param checked when its canaries last ran
 * @param accepted known vulnerabilities that the operator has accepted
 * @param vms number of VMs on it
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
   * @param snapshotFormat version of the snapshot format; 0 when not known
   * @param maxDrives maximum number of drives, on the transport that takes more of them
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

package dev.visco.rollout;

import dev.visco.model.Transport;
import dev.visco.model.VmSpec;
import dev.visco.store.ReleaseRow;
import dev.visco.vmm.release.Releases;
import dev.visco.vmm.release.Vulnerabilities;
import dev.visco.vmm.release.Vulnerability;
import java.util.List;

/** Known vulnerabilities of releases that the operator has not accepted. */
public final class OpenVulnerabilities {
  private final Releases releases;

  public OpenVulnerabilities(Releases releases) {
    this.releases = releases;
  }

  /** Those that affect a VM on this release with this transport. */
  List<Vulnerability> of(String release, Transport transport) {
    if (release.equals(VmSpec.QEMU)) {
      return List.of(); // The distribution repairs its QEMU in place.
    }
    ReleaseRow row = releases.row(release);
    return Vulnerabilities.of(releases.release(row), transport).stream()
        .filter(one -> !row.accepted().contains(one.id()))
        .toList();
  }

  /** The same as texts for the preflight. */
  public List<String> texts(VmSpec spec) {
    return of(spec.release(), spec.machine().transport()).stream()
        .map(Vulnerability::text)
        .toList();
  }
}

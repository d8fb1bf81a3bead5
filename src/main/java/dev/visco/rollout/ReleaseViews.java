package dev.visco.rollout;

import dev.visco.model.Transport;
import dev.visco.model.VmSpec;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.ReleaseRows.Needs;
import dev.visco.store.RolloutRow;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.vmm.release.Releases;
import dev.visco.vmm.release.Version;
import dev.visco.vmm.release.Vulnerabilities;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Releases as the API shows them: the host's QEMU, which has no row, and the added ones. */
final class ReleaseViews {
  private static final String BUILT_IN = "built in";
  private final Releases releases;
  private final ReleaseRows rows;

  ReleaseViews(Releases releases, ReleaseRows rows) {
    this.releases = releases;
    this.rows = rows;
  }

  List<ReleaseView> all(RolloutRow now) {
    var views = new ArrayList<ReleaseView>();
    views.add(qemu(now));
    releases.list().reversed().forEach(row -> views.add(view(row, now)));
    return views;
  }

  ReleaseView one(String name, RolloutRow now) {
    return name.equals(VmSpec.QEMU) ? qemu(now) : view(releases.row(name), now);
  }

  private ReleaseView qemu(RolloutRow now) {
    Needs needs = rows.needs(VmSpec.QEMU);
    return new ReleaseView(
        VmSpec.QEMU,
        null,
        standing(now, VmSpec.QEMU, BUILT_IN),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(),
        List.of(),
        needs.vms().size(),
        needs.snapshots().size());
  }

  private ReleaseView view(ReleaseRow row, RolloutRow now) {
    Release release = releases.release(row);
    ReleaseFeatures features = release.features();
    Needs needs = rows.needs(row.name());
    return new ReleaseView(
        row.name(),
        Version.of(row.version()),
        standing(now, row.name(), row.status().word()),
        row.reason(),
        release.digest(),
        release.jailerDigest(),
        row.source(),
        Instant.ofEpochMilli(row.added()),
        row.checked() == null ? null : Instant.ofEpochMilli(row.checked()),
        new ReleaseView.Features(
            features.hasPci(),
            release.jailer() != null,
            features.hasNetworkOverrides(),
            features.hasVsockOverride(),
            features.hasSerial(),
            features.snapshotFormat(),
            features.maxDrives(features.hasPci() ? Transport.PCI : Transport.MMIO)),
        Vulnerabilities.of(release),
        row.accepted(),
        needs.vms().size(),
        needs.snapshots().size());
  }

  private static String standing(RolloutRow now, String name, String otherwise) {
    if (now.current().equals(name)) {
      return "in use";
    }
    return name.equals(now.previous()) ? "previous" : otherwise;
  }
}

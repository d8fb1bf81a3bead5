package dev.visco.api;

import dev.visco.desktop.DesktopService;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.image.Images;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.boot.DesktopProbe;
import dev.visco.metrics.Metric;
import dev.visco.model.VmId;
import dev.visco.rollout.RolloutService;
import dev.visco.snapshot.SnapshotService;
import dev.visco.sweep.SweepService;
import dev.visco.volume.VolumeService;
import java.util.List;
import java.util.function.Function;

/**
 * What the API offers, each behind its own interface.
 *
 * @param screenshot looks at a VM's desktop now
 * @param metrics what {@code /metrics} shows besides the API's own
 */
public record Services(
    Vms vms,
    Images images,
    DiagnosisService diagnoses,
    SnapshotService snapshots,
    VolumeService volumes,
    DesktopService desktops,
    RolloutService rollout,
    SweepService sweep,
    Health health,
    Function<VmId, DesktopProbe.DesktopFindings> screenshot,
    List<Metric.MetricSource> metrics) {}

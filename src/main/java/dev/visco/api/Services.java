package dev.visco.api;

import dev.visco.desktop.DesktopService;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.events.EventService;
import dev.visco.events.WebhookService;
import dev.visco.image.Images;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.RebuildService;
import dev.visco.lifecycle.VmService;
import dev.visco.lifecycle.boot.DesktopProbe;
import dev.visco.metrics.Metric;
import dev.visco.metrics.VmStatsService;
import dev.visco.model.Digest;
import dev.visco.model.VmId;
import dev.visco.rollout.RolloutService;
import dev.visco.snapshot.SnapshotService;
import dev.visco.sweep.SweepService;
import dev.visco.users.AuditLog;
import dev.visco.users.TokenService;
import dev.visco.users.UserService;
import dev.visco.volume.VolumeService;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the API offers, each behind its own interface.
 *
 * @param imagesInUse those of VMs that have not ended, which cannot be removed
 * @param screenshot looks at a VM's desktop now
 * @param metrics what {@code /metrics} shows besides the API's own
 */
public record Services(
    VmService vms,
    PowerService power,
    RebuildService rebuilds,
    Images images,
    Supplier<Set<Digest>> imagesInUse,
    DiagnosisService diagnoses,
    SnapshotService snapshots,
    VolumeService volumes,
    DesktopService desktops,
    RolloutService rollout,
    VmStatsService stats,
    EventService events,
    WebhookService webhooks,
    SweepService sweep,
    UserService users,
    TokenService tokens,
    AuditLog audit,
    Health health,
    Function<VmId, DesktopProbe.DesktopFindings> screenshot,
    List<Metric.MetricSource> metrics) {}

package dev.visco.api;

import dev.visco.delivery.CredentialDelivery;
import dev.visco.delivery.ToolCredentials;
import dev.visco.desktop.DesktopService;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.egress.EgressService;
import dev.visco.events.EventService;
import dev.visco.events.WebhookService;
import dev.visco.image.Images;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.RebuildService;
import dev.visco.lifecycle.VmService;
import dev.visco.lifecycle.boot.DesktopProbe;
import dev.visco.link.LinkService;
import dev.visco.metrics.Metric;
import dev.visco.metrics.VmStatsService;
import dev.visco.model.Digest;
import dev.visco.model.VmId;
import dev.visco.model.VmType;
import dev.visco.placeholder.PlaceholderService;
import dev.visco.pool.PoolService;
import dev.visco.prompt.PromptService;
import dev.visco.provider.Provider;
import dev.visco.rollout.RolloutService;
import dev.visco.session.DetachedExecs;
import dev.visco.signin.LoginTrialService;
import dev.visco.signin.session.SignInService;
import dev.visco.snapshot.SnapshotContentService;
import dev.visco.snapshot.SnapshotService;
import dev.visco.sweep.SweepService;
import dev.visco.users.AuditLog;
import dev.visco.users.TokenService;
import dev.visco.users.UserService;
import dev.visco.vault.CredentialService;
import dev.visco.vault.VaultService;
import dev.visco.volume.VolumeService;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the API offers, each behind its own interface.
 *
 * @param types by name
 * @param providers tools that users sign in to, by name
 * @param execs commands that outlive whoever started them
 * @param logins tries their logins out
 * @param imagesInUse those of VMs that have not ended, which cannot be removed
 * @param screenshot looks at a VM's desktop now
 * @param metrics what {@code /metrics} shows besides the API's own
 */
public record Services(
    VmService vms,
    Map<String, VmType> types,
    Map<String, Provider> providers,
    LoginTrialService logins,
    SignInService signIns,
    PowerService power,
    RebuildService rebuilds,
    Images images,
    Supplier<Set<Digest>> imagesInUse,
    DiagnosisService diagnoses,
    SnapshotService snapshots,
    SnapshotContentService snapshotContents,
    VolumeService volumes,
    DesktopService desktops,
    LinkService links,
    PromptService prompts,
    DetachedExecs execs,
    EgressService egress,
    PlaceholderService placeholders,
    RolloutService rollout,
    PoolService pools,
    VmStatsService stats,
    EventService events,
    WebhookService webhooks,
    SweepService sweep,
    UserService users,
    TokenService tokens,
    AuditLog audit,
    VaultService vault,
    CredentialService credentials,
    CredentialDelivery delivery,
    ToolCredentials tools,
    Health health,
    Function<VmId, DesktopProbe.DesktopFindings> screenshot,
    List<Metric.MetricSource> metrics) {}

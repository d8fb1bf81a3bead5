package dev.visco.api;

import dev.visco.api.desktop.DesktopsUnderTest;
import dev.visco.api.desktop.VncUpgrade;
import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.GuestTickets;
import dev.visco.api.http.Route;
import dev.visco.api.link.LinkSites;
import dev.visco.delivery.CredentialDelivery;
import dev.visco.delivery.ToolCredentials;
import dev.visco.desktop.DesktopService;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.egress.EgressService;
import dev.visco.events.EventService;
import dev.visco.events.WebhookService;
import dev.visco.host.LinuxHost;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.RebuildService;
import dev.visco.link.LinkService;
import dev.visco.metrics.VmStatsService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.model.VmType;
import dev.visco.model.Volume;
import dev.visco.placeholder.PlaceholderService;
import dev.visco.prompt.PromptService;
import dev.visco.rollout.RolloutService;
import dev.visco.signin.LoginTrialService;
import dev.visco.snapshot.SnapshotContentService;
import dev.visco.snapshot.SnapshotService;
import dev.visco.sweep.SweepService;
import dev.visco.users.AuditLog;
import dev.visco.users.TokenService;
import dev.visco.users.UserService;
import dev.visco.vault.CredentialService;
import dev.visco.vault.VaultService;
import dev.visco.volume.VolumeService;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Services for tests of who may call what: VMs, snapshots and volumes in memory, and nothing behind
 * the others.
 */
public final class FakeServices {
  final FakeVms vms;
  final List<Snapshot> snapshots = new ArrayList<>();
  final List<Volume> volumes = new ArrayList<>();
  final Map<String, VmType> types = new TreeMap<>();
  private final Path folder;

  public FakeServices(Path folder) {
    this.folder = folder;
    this.vms = new FakeVms(folder);
  }

  private static <T> T unused(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.toString());
            }));
  }

  /** Lists what is in {@link #snapshots}. */
  SnapshotService snapshotService() {
    return (SnapshotService)
        Proxy.newProxyInstance(
            SnapshotService.class.getClassLoader(),
            new Class<?>[] {SnapshotService.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("list")) {
                return List.copyOf(snapshots);
              }
              throw new UnsupportedOperationException(method.toString());
            });
  }

  /** Has what is in {@link #volumes}. */
  VolumeService volumeService() {
    return (VolumeService)
        Proxy.newProxyInstance(
            VolumeService.class.getClassLoader(),
            new Class<?>[] {VolumeService.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "list" ->
                      volumes.stream()
                          .filter(one -> arguments[0] == null || one.owner().equals(arguments[0]))
                          .toList();
                  case "find" ->
                      volumes.stream()
                          .filter(one -> one.owner().equals(arguments[0]))
                          .filter(one -> one.name().equals(arguments[1]))
                          .findFirst()
                          .orElseThrow(() ->
                              new Refused(
                                  new Refusal.NotFound("volume", arguments[1] + "", "None.")));
                  default -> throw new UnsupportedOperationException(method.toString());
                });
  }

  private Services services() {
    return new Services(
        vms,
        types,
        Map.of(),
        unused(LoginTrialService.class),
        new NoSignIns(),
        unused(PowerService.class),
        unused(RebuildService.class),
        new Images(new LinuxHost(), folder.resolve("images"), List.of()),
        Set::of,
        unused(DiagnosisService.class),
        snapshotService(),
        unused(SnapshotContentService.class),
        volumeService(),
        unused(DesktopService.class),
        unused(LinkService.class),
        unused(PromptService.class),
        ApiUnderTest.execs(),
        unused(EgressService.class),
        unused(PlaceholderService.class),
        unused(RolloutService.class),
        List::of,
        unused(VmStatsService.class),
        unused(EventService.class),
        unused(WebhookService.class),
        unused(SweepService.class),
        unused(UserService.class),
        unused(TokenService.class),
        AuditLog.NONE,
        unused(VaultService.class),
        unused(CredentialService.class),
        unused(CredentialDelivery.class),
        ToolCredentials.NONE,
        new Health(List.of(), Set.of()),
        vm -> {
          throw new UnsupportedOperationException();
        },
        List.of());
  }

  /** Every route of the API. */
  public List<Route> routes() {
    Services services = services();
    var viewers = new VncViewers();
    var views = new VncUpgrade(services.desktops(), vms, viewers, DesktopsUnderTest.LIMITS, false);
    return ApiRoutes.of(
        services,
        viewers,
        views,
        GuestTickets.ofHost(),
        new LinkSites(null, false, false),
        null,
        "build",
        SteadyClock.ofHost());
  }
}

package dev.visco.api;

import dev.visco.api.desktop.DesktopRoutes;
import dev.visco.api.desktop.ScreenshotRoutes;
import dev.visco.api.desktop.VncUpgrade;
import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.GuestTickets;
import dev.visco.api.http.Route;
import dev.visco.api.link.LinkRoutes;
import dev.visco.api.link.LinkSites;
import dev.visco.host.SteadyClock;
import dev.visco.metrics.Metric;
import dev.visco.session.AuthorizedKeys;
import dev.visco.settings.PublicUrl;
import dev.visco.snapshot.Forks;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every route that the API has. */
final class ApiRoutes {
  private ApiRoutes() {}

  /**
   * All of them.
   *
   * @param views accepts viewers of desktops
   * @param guests issues tickets for WebSockets into guests
   * @param sites where links lead
   * @param publicUrl what links begin with; null for the address that was called
   * @param build names the running program in {@code /health}
   */
  static List<Route> of(
      Services services,
      VncViewers viewers,
      VncUpgrade views,
      GuestTickets guests,
      LinkSites sites,
      @Nullable PublicUrl publicUrl,
      String build,
      SteadyClock clock) {
    var routes =
        new ArrayList<Route>(
            new VmRoutes(
                    services.vms(),
                    services.egress(),
                    services.tools(),
                    services.execs(),
                    new AuthorizedKeys(InstantSource.system()))
                .routes());
    routes.addAll(new GuestTicketRoutes(services.vms(), guests).routes());
    routes.addAll(new PowerRoutes(services.power(), services.rebuilds(), services.vms()).routes());
    routes.addAll(new TypeRoutes(services.types()).routes());
    var pools = new PoolRoutes(services.pools());
    routes.addAll(pools.routes());
    routes.addAll(new ProviderRoutes(services.providers()).routes());
    routes.addAll(new LoginTrialRoutes(services.logins()).routes());
    routes.addAll(
        new SignInRoutes(
                services.signIns(), services.credentials(), services.desktops(), viewers, publicUrl)
            .routes());
    routes.addAll(new DiagnosisRoutes(services.diagnoses()).routes());
    routes.addAll(new BootRoutes(services.diagnoses()).routes());
    routes.addAll(new SnapshotRoutes(services.snapshots()).routes());
    routes.addAll(
        new ForkRoutes(new Forks(services.snapshots(), services.vms()), services.snapshots())
            .routes());
    routes.addAll(
        new SnapshotContentRoutes(services.snapshots(), services.snapshotContents()).routes());
    routes.addAll(new VolumeRoutes(services.volumes()).routes());
    routes.addAll(new ImageRoutes(services.images(), services.imagesInUse()).routes());
    routes.addAll(
        new DaemonRoutes(
                services.sweep(),
                services.health()::report,
                () -> services.vault().state().word(),
                () -> services.egress().failures(),
                build,
                clock)
            .routes());
    routes.addAll(new ReleaseRoutes(services.rollout()).routes());
    routes.addAll(
        new StatsRoutes(services.vms(), services.stats(), InstantSource.system()).routes());
    routes.addAll(new EventRoutes(services.events()).routes());
    routes.addAll(new WebhookRoutes(services.webhooks()).routes());
    routes.addAll(new ScreenshotRoutes(services.screenshot()).routes());
    routes.addAll(
        new DesktopRoutes(
                services.desktops(),
                services.vms(),
                services.diagnoses(),
                viewers,
                services.signIns(),
                publicUrl)
            .routes());
    routes.addAll(new LinkRoutes(services.links(), sites).routes());
    routes.addAll(new PromptRoutes(services.prompts(), services.execs()).routes());
    routes.addAll(views.routes());
    routes.addAll(new UserRoutes(services.users()).routes());
    routes.addAll(new EgressRoutes(services.egress(), services.vms(), services.users()).routes());
    routes.addAll(new PlaceholderRoutes(services.placeholders(), services.users()).routes());
    routes.addAll(new TokenRoutes(services.tokens()).routes());
    routes.addAll(new AuditRoutes(services.audit()).routes());
    routes.addAll(new VaultRoutes(services.vault()).routes());
    routes.addAll(
        new CredentialRoutes(
                services.credentials(), services.delivery(), services.vms(), InstantSource.system())
            .routes());
    var metrics = new ArrayList<Metric.MetricSource>(services.metrics());
    metrics.add(viewers);
    metrics.add(pools);
    routes.addAll(new MetricsRoutes(metrics).routes());
    return routes;
  }
}

package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.ProgressLines;
import dev.visco.api.http.RequestBody;
import dev.visco.api.http.Route;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import dev.visco.rollout.Canaries.CanaryReport;
import dev.visco.rollout.ReleaseView;
import dev.visco.rollout.RolloutService;
import dev.visco.rollout.RolloutService.ReleaseChange;
import dev.visco.vmm.release.ReleaseRequest;
import dev.visco.wire.RemovedDocument;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /api/vmm}: VMM releases and which one new VMs use. */
public final class ReleaseRoutes {
  private final RolloutService rollout;

  public ReleaseRoutes(RolloutService rollout) {
    this.rollout = rollout;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/vmm", exchange -> exchange.items(rollout.releases()))
            .named("listReleases", "Lists VMM releases.")
            .listing(ReleaseView.class, "releases"),
        Route.admin("POST", "/api/vmm", this::add)
            .named("addRelease", "Adds a VMM release of files on the daemon's host.")
            .taking(AddRequest.class)
            .answeringProgress("release", ReleaseView.class),
        Route.admin("POST", "/api/vmm/rollback", exchange -> exchange.json(200, rollout.rollBack()))
            .named("rollBackRelease", "Has new VMs use the release of before.")
            .answering(200, ReleaseChange.class, "what has changed"),
        Route.operator(
                "GET",
                "/api/vmm/{release}",
                exchange -> exchange.json(200, rollout.release(exchange.path("release"))))
            .named("getRelease", "Shows a VMM release.")
            .answering(200, ReleaseView.class, "the release"),
        Route.admin("DELETE", "/api/vmm/{release}", this::remove)
            .named("removeRelease", "Removes a VMM release that nothing uses.")
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.operator(
                "GET",
                "/api/vmm/{release}/plan",
                exchange -> exchange.json(200, rollout.plan(exchange.path("release"))))
            .named("planRelease", "Tells what using a release would do.")
            .answering(200, RolloutService.Plan.class, "the plan"),
        Route.admin("POST", "/api/vmm/{release}/canary", this::canary)
            .named("tryRelease", "Boots a VM of each type on a release.")
            .answeringProgress("canary", CanaryReport.class),
        Route.admin("POST", "/api/vmm/{release}/use", this::use)
            .named("useRelease", "Has new VMs use a release, if a VM of each type boots on it.")
            .taking(UseRequest.class)
            .answeringProgress("change", ReleaseChange.class));
  }

  /** {@code POST /api/vmm}; paths are absolute, and files on the daemon's host. */
  record AddRequest(
      @Nullable String path,
      @Nullable String sha256,
      @Nullable String jailerSha256,
      @Nullable String jailer,
      @Nullable Boolean noJailer,
      @Nullable String name) {}

  private void add(Exchange exchange) throws IOException {
    AddRequest asked = exchange.body(AddRequest.class);
    var request =
        new ReleaseRequest(
            RequestBody.requiredPath("path", asked.path()),
            digest("sha256", asked.sha256()),
            digest("jailerSha256", asked.jailerSha256()),
            RequestBody.path("jailer", asked.jailer()),
            Boolean.TRUE.equals(asked.noJailer()),
            asked.name());
    ProgressLines.stream(exchange, "release", progress -> rollout.add(request, progress));
  }

  /** As sha256sum(1) prints it. */
  private static @Nullable Digest digest(String field, @Nullable String text) {
    if (text == null) {
      return null;
    }
    if (!text.matches("[0-9A-Fa-f]{64}")) {
      throw Refused.invalid(
          field, text, "is not 64 hexadecimal digits", "Give what sha256sum prints.");
    }
    return new Digest("sha256:" + text.toLowerCase(Locale.ROOT));
  }

  private void remove(Exchange exchange) {
    rollout.remove(exchange.path("release"));
    exchange.json(200, new RemovedDocument(exchange.path("release")));
  }

  private void canary(Exchange exchange) throws IOException {
    String name = rollout.release(exchange.path("release")).name();
    ProgressLines.stream(exchange, "canary", progress -> rollout.canary(name, progress));
  }

  /** {@code POST …/use}. */
  record UseRequest(@Nullable Boolean force) {}

  private void use(Exchange exchange) throws IOException {
    boolean force = Boolean.TRUE.equals(exchange.body(UseRequest.class).force());
    String name = rollout.release(exchange.path("release")).name();
    ProgressLines.stream(exchange, "change", progress -> rollout.use(name, force, progress));
  }
}

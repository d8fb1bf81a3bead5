package dev.visco.api;

import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.image.Import;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.SweepService;
import dev.visco.model.Digest;
import dev.visco.wire.HealthDocument;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Images, the sweep, and how the daemon is. */
final class HostRoutes {
  private final Images images;
  private final Supplier<Set<Digest>> imagesInUse;
  private final SweepService sweep;
  private final Supplier<Health.Report> health;
  private final String build;
  private final SteadyClock clock;
  private final long startedNanos;

  HostRoutes(
      Images images,
      Supplier<Set<Digest>> imagesInUse,
      SweepService sweep,
      Supplier<Health.Report> health,
      String build,
      SteadyClock clock) {
    this.images = images;
    this.imagesInUse = imagesInUse;
    this.sweep = sweep;
    this.health = health;
    this.build = build;
    this.clock = clock;
    this.startedNanos = clock.nanos();
  }

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/health", this::health),
        Route.operator("GET", "/api/images", exchange -> exchange.json(200, images.all())),
        Route.operator(
            "GET",
            "/api/images/{name}",
            exchange -> exchange.json(200, images.image(exchange.path("name")))),
        Route.operator("DELETE", "/api/images/{name}", this::remove),
        Route.operator("POST", "/api/images/build", this::build),
        Route.operator("POST", "/api/images/import", this::importImage),
        Route.operator("GET", "/api/sweep", exchange -> exchange.json(200, sweep.plan())),
        Route.operator("POST", "/api/sweep", exchange -> exchange.json(200, sweep.run())));
  }

  /**
   * 200 only when the daemon does its work: load balancers and supervisors look at the status
   * alone.
   */
  private void health(Exchange exchange) {
    Health.Report report = health.get();
    var ages = new TreeMap<String, Double>();
    report
        .loops()
        .forEach(loop -> ages.put(loop.name(), loop.sinceLastRound().toMillis() / 1000.0));
    exchange.json(
        report.status() == Health.Status.OK ? 200 : 503,
        new HealthDocument(
            report.status().name().toLowerCase(Locale.ROOT),
            build,
            TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - startedNanos),
            ProcessHandle.current().pid(),
            ages));
  }

  private void remove(Exchange exchange) {
    images.remove(exchange.path("name"), imagesInUse);
    exchange.json(200, Map.of("removed", exchange.path("name")));
  }

  /** {@code POST /api/images/build}. */
  record BuildRequest(@Nullable String recipe) {}

  private void build(Exchange exchange) throws IOException {
    String recipe = RequestBody.required("recipe", exchange.body(BuildRequest.class).recipe());
    images.readRecipe(recipe);
    ProgressLines.stream(exchange, "image", progress -> images.build(recipe, progress));
  }

  /** {@code POST /api/images/import}; paths are absolute, and files on the daemon's host. */
  record ImportRequest(
      @Nullable String name,
      @Nullable String kernel,
      @Nullable String initrd,
      @Nullable String rootfs,
      @Nullable String kernelConfig,
      @Nullable Boolean force) {}

  private void importImage(Exchange exchange) throws IOException {
    ImportRequest request = exchange.body(ImportRequest.class);
    var sources =
        new Import(
            RequestBody.required("name", request.name()),
            RequestBody.requiredPath("kernel", request.kernel()),
            RequestBody.path("initrd", request.initrd()),
            RequestBody.requiredPath("rootfs", request.rootfs()),
            RequestBody.path("kernelConfig", request.kernelConfig()),
            Boolean.TRUE.equals(request.force()));
    images.checkImport(sources);
    ProgressLines.stream(exchange, "image", progress -> images.importImage(sources, progress));
  }
}

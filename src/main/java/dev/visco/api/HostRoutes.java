package dev.visco.api;

import dev.visco.image.Images;
import dev.visco.image.Import;
import dev.visco.lifecycle.SweepService;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Images, the sweep, and how the daemon is. */
final class HostRoutes {
  private final Images images;
  private final Supplier<Set<Digest>> imagesInUse;
  private final SweepService sweep;
  private final String build;
  private final InstantSource clock;
  private final Instant started;

  HostRoutes(
      Images images,
      Supplier<Set<Digest>> imagesInUse,
      SweepService sweep,
      String build,
      InstantSource clock) {
    this.images = images;
    this.imagesInUse = imagesInUse;
    this.sweep = sweep;
    this.build = build;
    this.clock = clock;
    this.started = clock.instant();
  }

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/health", this::health),
        Route.of("GET", "/api/images", exchange -> exchange.json(200, images.all())),
        Route.of(
            "GET",
            "/api/images/{name}",
            exchange -> exchange.json(200, images.image(exchange.path("name")))),
        Route.of("DELETE", "/api/images/{name}", this::remove),
        Route.of("POST", "/api/images/build", this::build),
        Route.of("POST", "/api/images/import", this::importImage),
        Route.of("GET", "/api/sweep", exchange -> exchange.json(200, sweep.plan())),
        Route.of("POST", "/api/sweep", exchange -> exchange.json(200, sweep.run())));
  }

  private void health(Exchange exchange) {
    long uptime = Duration.between(started, clock.instant()).toSeconds();
    exchange.json(
        200,
        Map.of(
            "status",
            "ok",
            "build",
            build,
            "uptimeSeconds",
            uptime,
            "pid",
            ProcessHandle.current().pid()));
  }

  private void remove(Exchange exchange) {
    images.remove(exchange.path("name"), imagesInUse);
    exchange.json(200, Map.of("removed", exchange.path("name")));
  }

  /** {@code POST /api/images/build}. */
  record BuildRequest(@Nullable String recipe) {}

  private void build(Exchange exchange) throws IOException {
    String recipe = required("recipe", exchange.body(BuildRequest.class).recipe());
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
            required("name", request.name()),
            Objects.requireNonNull(path("kernel", required("kernel", request.kernel()))),
            path("initrd", request.initrd()),
            Objects.requireNonNull(path("rootfs", required("rootfs", request.rootfs()))),
            path("kernelConfig", request.kernelConfig()),
            Boolean.TRUE.equals(request.force()));
    images.checkImport(sources);
    ProgressLines.stream(exchange, "image", progress -> images.importImage(sources, progress));
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw Refused.invalid(field, "", "is missing", "Send it.");
    }
    return value;
  }

  private static @Nullable Path path(String field, @Nullable String value) {
    try {
      return value == null ? null : Path.of(value);
    } catch (InvalidPathException e) {
      throw Refused.invalid(field, value + "", "is no path", "Give an absolute path.");
    }
  }
}

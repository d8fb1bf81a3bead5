package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.snapshot.SnapshotService;
import dev.visco.wire.SnapshotDocument;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/snapshots}; pause and resume of VMs. */
public final class SnapshotRoutes {
  private final SnapshotService snapshots;

  public SnapshotRoutes(SnapshotService snapshots) {
    this.snapshots = snapshots;
  }

  public List<Route> routes() {
    return List.of(
        Route.user(
            "POST",
            "/api/vms/{id}/pause",
            exchange -> exchange.json(200, VmDocument.of(snapshots.pause(exchange.vm())))),
        Route.user(
            "POST",
            "/api/vms/{id}/resume",
            exchange -> exchange.json(200, VmDocument.of(snapshots.resume(exchange.vm())))),
        Route.user("POST", "/api/vms/{id}/snapshots", this::create),
        Route.user("GET", "/api/snapshots", this::list).asking("vm", "limit", "before"),
        Route.user("DELETE", "/api/snapshots/{name}", this::remove),
        Route.user(
            "POST",
            "/api/snapshots/{name}/restore",
            exchange ->
                exchange.json(202, VmDocument.of(snapshots.restore(exchange.path("name"))))));
  }

  /** The body of {@code POST …/snapshots}; without a name a random one is given. */
  record SnapshotRequest(@Nullable String name) {}

  private void create(Exchange exchange) throws IOException {
    String name = exchange.body(SnapshotRequest.class).name();
    exchange.json(201, SnapshotDocument.of(snapshots.create(exchange.vm(), name)));
  }

  private void list(Exchange exchange) {
    String vm = exchange.query("vm").orElse("");
    String before = exchange.query("before").orElse("");
    List<Snapshot> all =
        snapshots.list().stream()
            .filter(one -> exchange.user().map(one.user()::equals).orElse(true))
            .filter(one -> vm.isEmpty() || one.vm().value().equals(vm))
            .toList();
    List<String> names = all.stream().map(Snapshot::name).toList();
    if (!before.isEmpty() && !names.contains(before)) {
      throw new Refused(new Refusal.NotFound("snapshot", before, "Ask for the first page again."));
    }
    List<Snapshot> rest = all.subList(names.indexOf(before) + 1, all.size());
    new Page<Snapshot>("before", Snapshot::name)
        .answer(
            exchange,
            Page.MAX,
            limit -> rest.subList(0, Math.min(limit, rest.size())),
            SnapshotDocument::of);
  }

  private void remove(Exchange exchange) {
    String name = exchange.path("name");
    snapshots.remove(name);
    exchange.json(200, Map.of("removed", name));
  }
}

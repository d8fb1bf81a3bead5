package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.UserId;
import dev.visco.snapshot.Forks;
import dev.visco.snapshot.SnapshotService;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.ForkRequest;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.util.List;

/** {@code POST /api/vms/{id}/fork}, and what forks and clones would cost. */
public final class ForkRoutes {
  private final Forks forks;
  private final SnapshotService snapshots;

  public ForkRoutes(Forks forks, SnapshotService snapshots) {
    this.forks = forks;
    this.snapshots = snapshots;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/fork", this::fork)
            .named("forkVm", "Creates VMs that go on from another one as it is now.")
            .taking(ForkRequest.class)
            .answering(202, ForkedVms.class, "they are being created"),
        Route.user("POST", "/api/vms/{id}/fork/plan", this::plan)
            .named("planFork", "Tells what a fork of a VM would cost, and makes nothing.")
            .taking(ForkRequest.class)
            .answering(200, ClonePlan.class, "the plan"),
        Route.user("POST", "/api/snapshots/{name}/plan", this::planClones)
            .named("planClones", "Tells what VMs from a snapshot would cost, and makes nothing.")
            .asking(SnapshotRoutes.USER)
            .taking(ForkRequest.class)
            .answering(200, ClonePlan.class, "the plan"));
  }

  private void plan(Exchange exchange) throws IOException {
    ForkRequest request = exchange.body(ForkRequest.class);
    exchange.json(200, forks.plan(exchange.vm(), request.number(), request.each()));
  }

  private void planClones(Exchange exchange) throws IOException {
    ForkRequest request = exchange.body(ForkRequest.class);
    String name = exchange.path("name");
    UserId owner = SnapshotRoutes.owner(snapshots, exchange, name);
    exchange.json(200, forks.plan(request.number(), request.each().numbered(0, owner, name)));
  }

  /** The new VMs. */
  record ForkedVms(List<VmDocument> items) {}

  private void fork(Exchange exchange) throws IOException {
    ForkRequest request = exchange.body(ForkRequest.class);
    List<VmDocument> made =
        forks.fork(exchange.vm(), request.number(), request.each()).stream()
            .map(VmDocument::of)
            .toList();
    exchange.json(202, new ForkedVms(made));
  }
}

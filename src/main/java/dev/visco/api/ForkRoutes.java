package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.snapshot.Forks;
import dev.visco.wire.ForkRequest;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.util.List;

/** {@code POST /api/vms/{id}/fork}. */
public final class ForkRoutes {
  private final Forks forks;

  public ForkRoutes(Forks forks) {
    this.forks = forks;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/fork", this::fork)
            .named("forkVm", "Creates VMs that go on from another one as it is now.")
            .taking(ForkRequest.class)
            .answering(202, ForkedVms.class, "they are being created"));
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

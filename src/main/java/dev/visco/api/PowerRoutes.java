package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.RebuildService;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Vm;
import dev.visco.model.VmState;
import dev.visco.wire.RebuildRequest;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms/ID/stop}, {@code start}, {@code restart}, {@code kill} and {@code rebuild}. */
final class PowerRoutes {
  private final PowerService power;
  private final RebuildService rebuilds;
  private final VmService vms;

  PowerRoutes(PowerService power, RebuildService rebuilds, VmService vms) {
    this.power = power;
    this.rebuilds = rebuilds;
    this.vms = vms;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/stop", this::stop).asking("wait", "timeout"),
        Route.user("POST", "/api/vms/{id}/kill", this::kill).asking("wait", "timeout"),
        Route.user("POST", "/api/vms/{id}/start", this::start).asking("wait", "timeout"),
        Route.user("POST", "/api/vms/{id}/restart", this::restart).asking("wait", "timeout"),
        Route.user("POST", "/api/vms/{id}/rebuild", this::rebuild).asking("wait", "timeout"));
  }

  /**
   * The body of {@code stop} and {@code restart}; it may be left out.
   *
   * @param grace how long the guest has to shut down, like {@code 30s}
   */
  record PowerRequest(@Nullable String grace) {}

  private static Duration grace(Exchange exchange) throws IOException {
    return grace(exchange.body(PowerRequest.class).grace());
  }

  private static Duration grace(@Nullable String grace) {
    return grace == null ? PowerService.GRACE : Durations.of("grace", grace);
  }

  private void stop(Exchange exchange) throws IOException {
    Duration grace = grace(exchange);
    answer(exchange, VmState.STOPPED, () -> power.stop(exchange.vm(), grace));
  }

  private void kill(Exchange exchange) {
    answer(exchange, VmState.STOPPED, () -> power.stop(exchange.vm(), Duration.ZERO));
  }

  private void start(Exchange exchange) {
    answer(exchange, VmState.READY, () -> power.start(exchange.vm()));
  }

  private void restart(Exchange exchange) throws IOException {
    Duration grace = grace(exchange);
    answer(exchange, VmState.READY, () -> power.restart(exchange.vm(), grace));
  }

  private void rebuild(Exchange exchange) throws IOException {
    RebuildRequest request = exchange.body(RebuildRequest.class);
    Duration grace = grace(request.grace());
    answer(
        exchange,
        VmState.READY,
        () -> rebuilds.rebuild(exchange.vm(), request.image(), request.overrules(), grace));
  }

  /** 200 once it is so, 202 while it is on its way. */
  private void answer(Exchange exchange, VmState wanted, Supplier<Vm> call) {
    boolean waits = VmWaiting.isAsked(exchange, wanted.word());
    Duration max = exchange.duration("timeout", VmWaiting.MAX, VmWaiting.MAX);
    Vm vm;
    if (waits) {
      try (Streams.Stream stream = exchange.waiting("wait")) {
        vm = VmWaiting.await(vms, stream, call.get().id(), now -> now.state().isSettled(), max);
      }
    } else {
      vm = call.get();
    }
    exchange.json(vm.state().isSettled() ? 200 : 202, VmDocument.of(vm));
  }
}

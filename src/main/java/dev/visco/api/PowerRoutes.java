package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.IfMatch;
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

/**
 * {@code /api/vms/ID/stop}, {@code start}, {@code suspend}, {@code sleep}, {@code archive}, {@code
 * wake}, {@code restart}, {@code kill} and {@code rebuild}.
 */
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
        route("stop", this::stop, VmState.STOPPED)
            .named("stopVm", "Has the guest shut down, and ends it when it does not.")
            .taking(PowerRequest.class),
        route("kill", this::kill, VmState.STOPPED)
            .named("killVm", "Ends the machine at once, as if its plug were pulled."),
        route("start", this::start, VmState.READY)
            .named(
                "startVm",
                "Boots a stopped or failed VM, or has a suspended one go on where it was."),
        route("suspend", this::suspend, VmState.SUSPENDED)
            .named("suspendVm", "Writes a VM's memory to the disk, and frees it."),
        route("sleep", this::sleep, VmState.ASLEEP)
            .named("sleepVm", "As suspend, until somebody needs the VM."),
        route("archive", this::archive, VmState.ARCHIVED)
            .named("archiveVm", "Gives up a sleeping VM's memory, and compresses its disk."),
        route("wake", this::wake, VmState.READY)
            .named(
                "wakeVm", "Has a VM that is asleep go on where it was, or an archived one boot."),
        route("restart", this::restart, VmState.READY)
            .named("restartVm", "Stops a VM and starts it again.")
            .taking(PowerRequest.class),
        route("rebuild", this::rebuild, VmState.READY)
            .named("rebuildVm", "Gives a VM a new root disk of an image; its volumes stay.")
            .taking(RebuildRequest.class));
  }

  private static Route route(String verb, Route.RouteAction action, VmState wanted) {
    return Route.user("POST", "/api/vms/{id}/" + verb, action)
        .asking(VmWaiting.until(wanted.word()), VmWaiting.TIMEOUT)
        .heeding(IfMatch.NAME, IfMatch.MEANING)
        .answering(200, VmDocument.class, "it has come to a state in which it stays")
        .answering(202, VmDocument.class, "it is on its way");
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
    answer(exchange, () -> power.stop(exchange.vm(), grace));
  }

  private void kill(Exchange exchange) {
    answer(exchange, () -> power.stop(exchange.vm(), Duration.ZERO));
  }

  private void start(Exchange exchange) {
    answer(exchange, () -> power.start(exchange.vm()));
  }

  private void suspend(Exchange exchange) {
    answer(exchange, () -> power.suspend(exchange.vm()));
  }

  private void sleep(Exchange exchange) {
    answer(exchange, () -> power.sleep(exchange.vm()));
  }

  private void archive(Exchange exchange) {
    answer(exchange, () -> power.archive(exchange.vm()));
  }

  private void wake(Exchange exchange) {
    answer(exchange, () -> power.wake(exchange.vm()));
  }

  private void restart(Exchange exchange) throws IOException {
    Duration grace = grace(exchange);
    answer(exchange, () -> power.restart(exchange.vm(), grace));
  }

  private void rebuild(Exchange exchange) throws IOException {
    RebuildRequest request = exchange.body(RebuildRequest.class);
    Duration grace = grace(request.grace());
    answer(
        exchange,
        () -> rebuilds.rebuild(exchange.vm(), request.image(), request.overrules(), grace));
  }

  /** 200 once it is so, 202 while it is on its way. */
  private void answer(Exchange exchange, Supplier<Vm> call) {
    boolean waits = VmWaiting.isAsked(exchange);
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

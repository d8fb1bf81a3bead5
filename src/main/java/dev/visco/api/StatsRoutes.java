package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.VmService;
import dev.visco.metrics.VmStatsService;
import dev.visco.model.Advice;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.vmm.MachineUsage;
import dev.visco.wire.StatsDocument;
import dev.visco.wire.VmDocument;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code …/stats}: what VMs use of processor, memory, disk and network. */
public final class StatsRoutes {
  private final VmService vms;
  private final VmStatsService stats;
  private final InstantSource clock;

  public StatsRoutes(VmService vms, VmStatsService stats, InstantSource clock) {
    this.vms = vms;
    this.stats = stats;
    this.clock = clock;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/stats", this::all)
            .named("listStats", "Lists what each VM that runs uses.")
            .listing(StatsDocument.class, "VMs that run"),
        Route.user("GET", "/api/vms/{id}/stats", this::one)
            .named("getStats", "Tells what a VM uses of processor, memory, disk and network.")
            .answering(200, StatsDocument.class, "what it uses"));
  }

  private void all(Exchange exchange) {
    Optional<UserId> user = exchange.user();
    var found = new ArrayList<StatsDocument>();
    Map<?, MachineUsage> usage = stats.stats();
    Instant now = clock.instant();
    for (Vm vm : vms.list(false)) {
      MachineUsage one = usage.get(vm.id());
      boolean isSeen =
          user.isEmpty()
              || vm.spec().purpose() == Purpose.USER && user.get().equals(vm.spec().owner());
      if (one != null && isSeen) {
        found.add(document(vm, one, now));
      }
    }
    exchange.items(found);
  }

  private void one(Exchange exchange) {
    Vm vm = vms.vm(exchange.vm());
    MachineUsage usage = stats.stats().get(vm.id());
    if (usage == null) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + vm.id() + " has no machine that runs: it is " + vm.state().word() + ".",
              Advice.of("Start it first: {}", new Remedy.StartVm(vm.id().value()))));
    }
    exchange.json(200, document(vm, usage, clock.instant()));
  }

  private static StatsDocument document(Vm vm, MachineUsage usage, Instant now) {
    Long limit = usage.limitBytes();
    return new StatsDocument(
        vm.id().value(),
        VmDocument.of(vm).name(),
        vm.spec().owner().value(),
        now,
        usage.cpuMicros() / 1_000_000.0,
        vm.spec().machine().vcpus(),
        usage.memoryBytes(),
        limit == null ? (long) vm.spec().machine().memoryMib() << 20 : limit,
        usage.readBytes(),
        usage.writtenBytes(),
        usage.receivedBytes(),
        usage.sentBytes(),
        usage.tasks());
  }
}

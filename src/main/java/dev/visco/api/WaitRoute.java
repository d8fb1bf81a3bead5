package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.wire.VmDocument;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code GET /api/vms/{id}/wait}: answers once a VM is in one of some states. */
final class WaitRoute {
  private static final Duration USUAL = Duration.ofMinutes(1);
  private final VmService vms;

  WaitRoute(VmService vms) {
    this.vms = vms;
  }

  Route route() {
    return Route.user("GET", "/api/vms/{id}/wait", this::await)
        .named("waitForVm", "Waits until a VM is in one of some states.")
        .asking(
            QueryParameter.text(
                "for",
                "states, like ready,failed; when it is left out, any in which the VM stays by itself"),
            QueryParameter.duration(
                "timeout", "how long to wait at most, up to 10m; 1m when it is left out"))
        .answering(200, VmDocument.class, "the VM is in one of them")
        .answering(202, VmDocument.class, "the time is up, and it is in none of them yet");
  }

  private void await(Exchange exchange) {
    VmId id = exchange.vm();
    Predicate<Vm> isSo = wanted(exchange.query("for").orElse(""));
    Duration max = exchange.duration("timeout", USUAL, VmWaiting.MAX);
    Vm vm = vms.vm(id);
    if (!isSo.test(vm)) {
      try (Streams.Stream stream = exchange.waiting("wait")) {
        vm =
            VmWaiting.await(
                vms, stream, id, now -> isSo.test(now) || now.state() == VmState.DESTROYED, max);
      }
    }
    boolean isReached = isSo.test(vm);
    if (!isReached && vm.state() == VmState.DESTROYED) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is destroyed, and stays so.", "Create a new one."));
    }
    exchange.json(isReached ? 200 : 202, VmDocument.of(vm));
  }

  private static Predicate<Vm> wanted(String text) {
    if (text.isEmpty()) {
      return vm -> vm.state().isSettled();
    }
    Set<VmState> states = EnumSet.noneOf(VmState.class);
    for (String word : text.split(",", -1)) {
      states.add(
          Stream.of(VmState.values())
              .filter(state -> state.word().equals(word))
              .findFirst()
              .orElseThrow(() -> unknown(word)));
    }
    return vm -> states.contains(vm.state());
  }

  private static Refused unknown(String word) {
    return Refused.invalid(
        "for",
        word,
        "is no state of a VM",
        "Give some of "
            + Stream.of(VmState.values()).map(VmState::word).collect(Collectors.joining(", "))
            + ", with commas between them.");
  }
}

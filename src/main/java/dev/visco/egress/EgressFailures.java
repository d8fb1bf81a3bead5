package dev.visco.egress;

import dev.visco.host.SteadyClock;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** VMs whose policies could not be applied: why, and when it is tried again. */
final class EgressFailures {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofMinutes(1);

  private final SteadyClock clock;
  private final Map<VmId, Failure> failures = new ConcurrentHashMap<>();

  private record Failure(String problem, Duration pause, long due) {}

  EgressFailures(SteadyClock clock) {
    this.clock = clock;
  }

  /** It failed once more: after a second, then after twice as long each time, up to a minute. */
  void add(VmId vm, String problem) {
    failures.compute(
        vm,
        (_, before) -> {
          Duration pause = before == null ? FIRST : before.pause().multipliedBy(2);
          Duration next = pause.compareTo(MAX) > 0 ? MAX : pause;
          return new Failure(problem, next, clock.nanos() + next.toNanos());
        });
  }

  void remove(VmId vm) {
    failures.remove(vm);
  }

  /** Why it failed last; empty while it did not. */
  Optional<String> problem(VmId vm) {
    return Optional.ofNullable(failures.get(vm)).map(Failure::problem);
  }

  /** Those that are to be tried again now. */
  List<VmId> due() {
    long now = clock.nanos();
    return failures.entrySet().stream()
        .filter(one -> now - one.getValue().due() >= 0)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  int count() {
    return failures.size();
  }
}

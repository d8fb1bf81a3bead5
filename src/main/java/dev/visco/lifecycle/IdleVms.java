package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Durations;
import dev.visco.model.MachineSize;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refusal.LimitReached;
import dev.visco.model.Refusal.Shortage;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which VMs would have to sleep, so that another one fits: those that nobody needs. */
public final class IdleVms implements Sleepers {
  /** One that was needed a moment ago is likely to be needed again. */
  static final Duration MIN = Duration.ofMinutes(1);

  private final VmRows rows;
  private final Function<VmId, Optional<Duration>> idleFor;

  /**
   * @param idleFor for how long nobody has needed a VM; empty when that is not known
   */
  public IdleVms(VmRows rows, Function<VmId, Optional<Duration>> idleFor) {
    this.rows = rows;
    this.idleFor = idleFor;
  }

  /** A VM that may sleep. */
  private record Idle(VmId id, long amount, Duration time) {}

  @Override
  public Refused advised(Refused refused) {
    if (!(refused.refusal() instanceof LimitReached reached)) {
      return refused;
    }
    Shortage shortage = reached.shortage();
    if (shortage == null) {
      return refused;
    }
    List<Idle> chosen = chosen(shortage);
    if (chosen.isEmpty()) {
      return refused;
    }
    String each =
        chosen.stream()
            .map(one -> "{} (idle for " + minutes(one.time()) + ")")
            .collect(Collectors.joining(", "));
    Remedy[] sleeps =
        chosen.stream().map(one -> new Remedy.SleepVm(one.id().value())).toArray(Remedy[]::new);
    Refusal advised =
        new LimitReached(
            reached.limit(),
            reached.detail(),
            Advice.of("It fits once idle VMs sleep: " + each + ". Otherwise: ", sleeps)
                .and(reached.advice()),
            shortage);
    return new Refused(advised);
  }

  private static String minutes(Duration time) {
    return Durations.text(Duration.ofMinutes(time.toMinutes()));
  }

  /** The longest idle ones that are enough, without those that are not needed; empty for none. */
  private List<Idle> chosen(Shortage shortage) {
    var chosen = new ArrayList<Idle>();
    long missing = shortage.missing();
    for (Idle one : idle(shortage)) {
      if (missing > 0) {
        chosen.add(one);
        missing -= one.amount();
      }
    }
    if (missing > 0) {
      return List.of();
    }
    for (Idle one : List.copyOf(chosen).reversed()) {
      if (missing + one.amount() <= 0) {
        chosen.remove(one);
        missing += one.amount();
      }
    }
    return chosen;
  }

  private List<Idle> idle(Shortage shortage) {
    var all = new ArrayList<Idle>();
    for (VmRow row : rows.list(false)) {
      VmSpec spec = VmWork.of(row).spec();
      String user = shortage.user();
      if (row.state() == VmState.READY
          && spec.purpose() == Purpose.USER
          && (user == null || spec.owner().value().equals(user))) {
        idleFor
            .apply(row.id())
            .filter(time -> time.compareTo(MIN) >= 0)
            .ifPresent(time -> all.add(new Idle(row.id(), amount(shortage, spec), time)));
      }
    }
    all.sort(Comparator.comparing(Idle::time).reversed());
    return all;
  }

  private static long amount(Shortage shortage, VmSpec spec) {
    MachineSize size = spec.machine().reserved();
    return switch (shortage.of()) {
      case MEMORY_MIB -> size.memoryMib();
      case VCPUS -> size.vcpus();
    };
  }
}

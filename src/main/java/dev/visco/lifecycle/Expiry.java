package dev.visco.lifecycle;

import dev.visco.model.VmId;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether a VM's time has ended: its time to live, or how long the evidence of one that never was
 * ready is kept. While the host runs it is elapsed time that counts, so that a clock that is set
 * ends nothing. After a boot of the host only the wall clock can tell, which may be wrong until
 * somebody sets it; so it has to say the same for a while.
 */
final class Expiry {
  /** By then a host that learns its time from a network has done so. */
  static final Duration CONFIRMATION = Duration.ofMinutes(10);

  private final Clocks clocks;
  private final Map<VmId, Long> seenOver = new HashMap<>();

  Expiry(Clocks clocks) {
    this.clocks = clocks;
  }

  /**
   * Those whose time has ended. To be asked again and again: what is not among the candidates in
   * between begins anew.
   *
   * @param candidates all rows of {@link dev.visco.store.VmRows#ended}
   */
  synchronized List<VmRow> over(List<VmRow> candidates) {
    seenOver.keySet().retainAll(candidates.stream().map(VmRow::id).collect(Collectors.toSet()));
    return candidates.stream().filter(this::isOver).toList();
  }

  /** Whether this row's time has ended. */
  synchronized boolean isOver(VmRow row) {
    Long end = row.wakeAt();
    if (end == null || end == 0) {
      return false;
    }
    Long steadyEnd = row.wakeSteady();
    if (steadyEnd != null && clocks.boot().equals(row.boot())) {
      return clocks.uptime() >= steadyEnd;
    }
    if (clocks.now() < end) {
      seenOver.remove(row.id());
      return false;
    }
    long since = seenOver.computeIfAbsent(row.id(), id -> clocks.uptime());
    return clocks.uptime() - since >= CONFIRMATION.toMillis();
  }
}

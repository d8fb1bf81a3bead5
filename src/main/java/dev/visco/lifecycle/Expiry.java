package dev.visco.lifecycle;

import dev.visco.model.VmId;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Decides whether a VM has expired: by its time to live, or, if it never was ready, by how long its
 * evidence is kept. As long as the host runs elapsed time counts, so that setting the clock expires
 * nothing. After a reboot only the wall clock can tell; since it may be wrong until it is set from
 * the network, it must say the same for {@link #CONFIRMATION} first.
 */
final class Expiry {
  /** By then a host that gets its time from the network has set its clock. */
  static final Duration CONFIRMATION = Duration.ofMinutes(10);

  private final Clocks clocks;
  private final Map<VmId, Long> seenOver = new HashMap<>();

  Expiry(Clocks clocks) {
    this.clocks = clocks;
  }

  /**
   * The expired ones. To be called regularly: a VM that is not among the candidates in one call
   * begins its confirmation anew.
   *
   * @param candidates all rows of {@link dev.visco.store.VmRows#ended}
   */
  synchronized List<VmRow> over(List<VmRow> candidates) {
    seenOver.keySet().retainAll(candidates.stream().map(VmRow::id).collect(Collectors.toSet()));
    return candidates.stream().filter(this::isOver).toList();
  }

  /** Whether this VM has expired. */
  synchronized boolean isOver(VmRow row) {
    Long end = row.wakeAt();
    if (end == null || end == 0) {
      return false;
    }
    Long steadyEnd = row.wakeSteady();
    if (steadyEnd != null && isSteady(row)) {
      return clocks.uptime() >= steadyEnd;
    }
    if (clocks.now() < end) {
      seenOver.remove(row.id());
      return false;
    }
    long since = seenOver.computeIfAbsent(row.id(), id -> clocks.uptime());
    return clocks.uptime() - since >= CONFIRMATION.toMillis();
  }

  /** Whether the monotonic clock counts for it: its end was set in this boot of the host. */
  private boolean isSteady(VmRow row) {
    return row.wakeSteady() != null && clocks.boot().equals(row.boot());
  }

  /** Why an expired VM is destroyed, and by which clock, for people. */
  String why(VmRow row) {
    return (row.ready() == null
            ? "It never became ready, and the retention of its evidence has ended"
            : "Its time to live has ended")
        + (isSteady(row)
            ? ", by the host's monotonic clock."
            : ", by the wall clock: the host was rebooted since its end was set.");
  }
}

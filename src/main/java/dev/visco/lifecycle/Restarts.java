package dev.visco.lifecycle;

import dev.visco.model.RestartPolicy;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.verify.GuestEnd;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides what happens to a VM whose machine has ended without a request, or whose start failed. By
 * its restart policy it is started again, after a pause that doubles each time, or stays as it is.
 * After it has run for {@link #RAN_WELL} the count of restarts begins again at zero.
 */
public final class Restarts {
  /** Maximum number of restarts in a row, after which the VM is failed. */
  static final int MAX = 5;

  static final Duration RAN_WELL = Duration.ofMinutes(10);

  private static final long FIRST_PAUSE_MILLIS = 1000;
  private static final long MAX_PAUSE_MILLIS = 60_000;

  private final Clocks clocks;

  public Restarts(Clocks clocks) {
    this.clocks = clocks;
  }

  /**
   * @param row a ready or paused VM whose machine has ended
   * @param end how its guest ended, by its console; null when not known
   */
  public VmRow afterEnd(VmRow row, Optional<GuestEnd> end) {
    if (row.boot() != null && !clocks.boot().equals(row.boot())) {
      return Rows.startingAgain(
          row, "It ran when its host went down, and is started again.", 0, clocks.uptime());
    }
    RestartPolicy policy = policy(row);
    String why = words(end);
    boolean isAgain =
        switch (policy) {
          case NO -> false;
          case ON_FAILURE -> end.filter(one -> one == GuestEnd.POWERED_OFF).isEmpty();
          case ALWAYS -> true;
        };
    if (!isAgain) {
      return Rows.stopped(row, why);
    }
    return again(row, why, ranWell(row) ? 0 : row.restarts());
  }

  /**
   * @param row a VM that is starting
   * @param why its start failed
   */
  VmRow afterFailedStart(VmRow row, String why) {
    return policy(row) == RestartPolicy.NO
        ? Rows.failedAgain(row, why)
        : again(row, why, row.restarts());
  }

  private VmRow again(VmRow row, String why, int restarts) {
    if (restarts >= MAX) {
      return Rows.failedAgain(
          row, "It was started again " + restarts + " times in a row. At last: " + why);
    }
    long pause = Math.min(MAX_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << restarts);
    return Rows.startingAgain(row, why, restarts + 1, clocks.uptime() + pause);
  }

  private static RestartPolicy policy(VmRow row) {
    return VmWork.of(row).spec().life().restart();
  }

  private boolean ranWell(VmRow row) {
    Long ready = row.ready();
    return ready != null && clocks.now() - ready >= RAN_WELL.toMillis();
  }

  private static String words(Optional<GuestEnd> end) {
    return switch (end.orElse(null)) {
      case POWERED_OFF -> "Its guest was shut down.";
      case REBOOTED -> "Its guest was rebooted, which ends its machine.";
      case PANICKED -> "Its machine ended: its kernel panicked.";
      case null ->
          "Its machine ended, and its guest's console does not say why: its VMM was killed, or failed.";
    };
  }

  /** Milliseconds until a VM may be started again. */
  long left(VmRow row) {
    Long start = row.startSteady();
    return row.state() != VmState.STARTING || start == null
        ? 0
        : Math.max(0, start - clocks.uptime());
  }
}

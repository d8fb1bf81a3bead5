package dev.visco.api.link;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How many requests and connections by links there may be at a time, so that no guest's application
 * takes the places of those that follow something by the API.
 */
final class LinkLimits {
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final int max;
  private final int perVm;
  private final Map<VmId, Integer> counts = new HashMap<>();
  private int all;

  /**
   * @param max of all VMs together
   * @param perVm of one VM
   */
  LinkLimits(int max, int perVm) {
    this.max = max;
    this.perVm = perVm;
  }

  /** A place, until it is closed. */
  interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /** Takes a place; refused when there is none. */
  synchronized Place take(VmId vm) {
    if (all >= max || counts.getOrDefault(vm, 0) >= perVm) {
      throw new Refused(
          new Refusal.TooMany(
              "links",
              "Too many requests go on by links"
                  + (all >= max ? "." : " to this VM (" + perVm + ")."),
              RETRY,
              "Try again in a moment."));
    }
    all++;
    counts.merge(vm, 1, Integer::sum);
    return () -> leave(vm);
  }

  private synchronized void leave(VmId vm) {
    all--;
    counts.computeIfPresent(vm, (id, count) -> count == 1 ? null : count - 1);
  }

  /** How many there are now. */
  synchronized int count() {
    return all;
  }
}

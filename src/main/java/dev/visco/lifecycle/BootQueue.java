package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which VMs may boot now. More than a few at once only wait for each other's processor time. Places
 * go to the user who has the fewest, users with as many in turn, and one user's VMs in the order in
 * which they came. Whoever waits is held here and nowhere else: no thread, no row.
 *
 * <p>A boot that takes long, as one whose guest never answers does for all of its deadline, goes
 * on, but gives its place away as soon as another user waits for one.
 */
public final class BootQueue {
  private final int places;
  private final Duration share;
  private final SteadyClock clock;
  private final Map<VmId, BootPlace> booting = new LinkedHashMap<>();
  private final Map<String, Deque<VmId>> waiting = new LinkedHashMap<>();

  /** When a user who has or wants a place was last given one. */
  private final Map<String, Long> served = new HashMap<>();

  private long turn;

  private record BootPlace(String user, long since) {}

  /**
   * @param places how many boot at once
   * @param share how long a boot keeps its place while another user waits
   */
  public BootQueue(int places, Duration share, SteadyClock clock) {
    this.places = places;
    this.share = share;
    this.clock = clock;
  }

  /** Whether this VM may boot now; otherwise it waits from now on. Safe to repeat. */
  synchronized boolean enter(VmId id, String user) {
    if (booting.containsKey(id)) {
      return true;
    }
    Deque<VmId> own = waiting.computeIfAbsent(user, name -> new ArrayDeque<>());
    if (!own.contains(id)) {
      own.add(id);
    }
    fill();
    return booting.containsKey(id);
  }

  /** Whether it has entered and has no place yet. */
  synchronized boolean isWaiting(VmId id) {
    return waiting.values().stream().anyMatch(own -> own.contains(id));
  }

  /** It boots no more, or shall not. Safe to repeat, and for one that never entered. */
  synchronized void leave(VmId id) {
    booting.remove(id);
    waiting.values().forEach(own -> own.remove(id));
    waiting.values().removeIf(Deque::isEmpty);
    fill();
    served
        .keySet()
        .removeIf(user ->
            !waiting.containsKey(user)
                && booting.values().stream().noneMatch(place -> place.user().equals(user)));
  }

  /** Takes the place of each boot that is over its share from it, as far as other users wait. */
  synchronized void giveWay() {
    for (var place : new ArrayList<>(booting.entrySet())) {
      boolean isOverShare = clock.nanos() - place.getValue().since() > share.toNanos();
      if (isOverShare && next().filter(user -> !user.equals(place.getValue().user())).isPresent()) {
        booting.remove(place.getKey());
        fill();
      }
    }
  }

  private void fill() {
    while (booting.size() < places) {
      var user = next();
      if (user.isEmpty()) {
        return;
      }
      Deque<VmId> own = Objects.requireNonNull(waiting.get(user.get()));
      booting.put(own.remove(), new BootPlace(user.get(), clock.nanos()));
      served.put(user.get(), ++turn);
      if (own.isEmpty()) {
        waiting.remove(user.get());
      }
    }
  }

  /** Whose turn it is. */
  private Optional<String> next() {
    var has = new HashMap<String, Integer>();
    booting.values().forEach(place -> has.merge(place.user(), 1, Integer::sum));
    return waiting.keySet().stream()
        .min(
            Comparator.comparingInt((String user) -> has.getOrDefault(user, 0))
                .thenComparingLong(user -> served.getOrDefault(user, 0L)));
  }
}

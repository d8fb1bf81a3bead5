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
 * Limits how many VMs boot at the same time, since more than a few only compete for processor time.
 * A free place goes to the user who holds the fewest; among users with equally many, to the one
 * served longest ago; among one user's VMs, to the one that came first. Waiting VMs are held in
 * memory only: they take no thread, and nothing is written to their rows.
 *
 * <p>A boot that takes longer than its share, for example because its guest never answers,
 * continues, but its place goes to another user who waits for one.
 */
public final class BootQueue {
  private final int places;
  private final Duration share;
  private final SteadyClock clock;
  private final Map<VmId, BootPlace> booting = new LinkedHashMap<>();
  private final Map<String, Deque<VmId>> waiting = new LinkedHashMap<>();

  /** For each user who has or waits for a place: the turn in which they last got one. */
  private final Map<String, Long> served = new HashMap<>();

  private long turn;

  private record BootPlace(String user, long since) {}

  /**
   * @param places how many VMs boot at the same time
   * @param share how long a boot keeps its place while another user waits for one
   */
  public BootQueue(int places, Duration share, SteadyClock clock) {
    this.places = places;
    this.share = share;
    this.clock = clock;
  }

  /** Whether this VM may boot now; if not, it is queued. Safe to repeat. */
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

  /** Whether it is queued and has no place yet. */
  synchronized boolean isWaiting(VmId id) {
    return waiting.values().stream().anyMatch(own -> own.contains(id));
  }

  /** Gives up its place, or takes it out of the queue. Safe to repeat, and for an unknown VM. */
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

  /** Passes on the place of each boot that has used up its share, while other users wait. */
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

  /** The user who gets the next free place; empty when nobody waits. */
  private Optional<String> next() {
    var has = new HashMap<String, Integer>();
    booting.values().forEach(place -> has.merge(place.user(), 1, Integer::sum));
    return waiting.keySet().stream()
        .min(
            Comparator.comparingInt((String user) -> has.getOrDefault(user, 0))
                .thenComparingLong(user -> served.getOrDefault(user, 0L)));
  }
}

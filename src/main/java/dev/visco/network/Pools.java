package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.SlotIndex;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which pool a slot's addresses are of: today's, or an earlier one in which its VM was made. */
final class Pools {
  private final Cidr today;

  /** Slots whose VMs were made in an earlier pool. */
  private final Map<SlotIndex, Cidr> former = new ConcurrentHashMap<>();

  Pools(Cidr today) {
    this.today = today;
  }

  /** The pool that new slots are made in. */
  Cidr today() {
    return today;
  }

  Cidr of(SlotIndex index) {
    return former.getOrDefault(index, today);
  }

  void keep(Map<SlotIndex, Cidr> earlier) {
    former.putAll(earlier);
  }

  void forget(SlotIndex index) {
    former.remove(index);
  }

  /** Today's pool first, then earlier ones in which VMs still are. */
  List<Cidr> all() {
    var pools = new LinkedHashSet<>(List.of(today));
    pools.addAll(former.values());
    return List.copyOf(pools);
  }
}

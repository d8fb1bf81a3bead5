package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.SlotIndex;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The pool of each slot's addresses: the present one, or an earlier one in which its VM was
 * created.
 */
final class Pools {
  private final Cidr today;

  /** Slots whose VMs were created in an earlier pool. */
  private final Map<SlotIndex, Cidr> former = new ConcurrentHashMap<>();

  Pools(Cidr today) {
    this.today = today;
  }

  /** The pool of new slots. */
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

  /** The present pool first, then earlier ones that still have VMs. */
  List<Cidr> all() {
    var pools = new LinkedHashSet<>(List.of(today));
    pools.addAll(former.values());
    return List.copyOf(pools);
  }
}

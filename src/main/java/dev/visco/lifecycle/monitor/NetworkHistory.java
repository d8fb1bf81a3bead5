package dev.visco.lifecycle.monitor;

import dev.visco.model.Cidr;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.store.FactRows;
import dev.visco.store.SlotRows;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles changes of {@code network.pool} and of the nameserver since the last start, and of the
 * nameserver while the daemon runs. A VM keeps its address for as long as it exists, and uses the
 * present nameserver; spare slots that were made with the old settings are made again.
 */
public final class NetworkHistory {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkHistory.class);
  private static final String FACT = "network";
  private final FactRows facts;
  private final SlotRows slots;
  private final Networks networks;
  private final NetworkRecord was;
  private final Map<String, String> former;

  /**
   * The network as recorded at a start.
   *
   * @param routed earlier pools whose route may still exist
   * @param former the pool of each VM that is not in {@code pool}
   */
  record NetworkRecord(
      String pool, String nameserver, List<String> routed, Map<String, String> former) {
    NetworkRecord {
      routed = List.copyOf(routed);
      former = Map.copyOf(former);
    }
  }

  /** Reads the last record; from now on {@code networks} knows the pool of each VM. */
  public NetworkHistory(FactRows facts, SlotRows slots, Networks networks) {
    this.facts = facts;
    this.slots = slots;
    this.networks = networks;
    this.was = recorded().orElse(new NetworkRecord(pool(), "", List.of(), Map.of()));
    this.former = formerNow();
    networks.keep(bySlot());
  }

  private Optional<NetworkRecord> recorded() {
    return facts.find(FACT).map(text -> Json.read(text, NetworkRecord.class));
  }

  private String pool() {
    return networks.pool().toString();
  }

  private Map<String, String> formerNow() {
    var now = new TreeMap<String, String>();
    for (VmId vm : slots.claims().keySet()) {
      String pool = was.former().getOrDefault(vm.value(), was.pool());
      if (!pool.equals(pool())) {
        now.put(vm.value(), pool);
      }
    }
    return now;
  }

  private Map<SlotIndex, Cidr> bySlot() {
    var pools = new HashMap<SlotIndex, Cidr>();
    slots
        .claims()
        .forEach((vm, slot) -> {
          String pool = former.get(vm.value());
          if (pool != null) {
            pools.put(slot, Cidr.of("network.pool", pool));
          }
        });
    return pools;
  }

  /**
   * Applies changes of the settings; called before the host's side of the network is opened. Safe
   * to repeat after a crash at any point: routes are recorded until they are removed, and spare
   * slots are forgotten before the new settings are recorded. Refused when the new pool overlaps an
   * earlier one that VMs still use.
   */
  public void apply() {
    former.values().forEach(this::refuseOverlap);
    String nameserver = networks.uplink().nameserver().toString();
    if (!was.pool().equals(pool()) || !was.nameserver().equals(nameserver)) {
      LOG.info(
          "pool {}, nameserver {}: spare slots are made again, {} VMs keep their addresses",
          pool(),
          nameserver,
          former.size());
      slots.forgetSpares();
    }
    var routed = new LinkedHashSet<>(was.routed());
    routed.add(was.pool());
    routed.remove(pool());
    if (!was.nameserver().equals(nameserver)) {
      followUplink(); // Before it is recorded: after a crash here the next start repeats it.
    }
    record(nameserver, List.copyOf(routed));
    for (String earlier : routed) {
      if (!former.containsValue(earlier)) {
        networks.hostNetwork().leavePool(Cidr.of("network.pool", earlier));
      }
    }
    routed.retainAll(former.values());
    record(nameserver, List.copyOf(routed));
  }

  /**
   * Switches all guests to the host's new nameserver. No connection is cut, and no slot is made
   * again.
   */
  public void follow(Uplink uplink) {
    networks.use(uplink);
    networks.hostNetwork().followUplink();
    followUplink();
    NetworkRecord recorded = recorded().orElse(was);
    facts.set(
        FACT,
        Json.line(
            new NetworkRecord(
                recorded.pool(),
                uplink.nameserver().toString(),
                recorded.routed(),
                recorded.former())));
  }

  private void followUplink() {
    for (SlotIndex slot : slots.used()) {
      if (networks.address(slot).isPresent()
          && networks.isOpen(slot)
          && !networks.followUplink(slot)) {
        LOG.warn(
            "slot {}: its guest still uses the earlier nameserver, since its rules were made by an"
                + " earlier version of Visco; create its VM again",
            slot);
      }
    }
  }

  private void record(String nameserver, List<String> routed) {
    facts.set(FACT, Json.line(new NetworkRecord(pool(), nameserver, routed, former)));
  }

  private void refuseOverlap(String earlier) {
    if (networks.pool().overlaps(Cidr.of("network.pool", earlier))) {
      var vms = new ArrayList<String>();
      former.forEach((vm, pool) -> {
        if (pool.equals(earlier)) {
          vms.add(vm);
        }
      });
      throw Refused.invalid(
          "network.pool",
          pool(),
          "overlaps " + earlier + ", in which there are still " + String.join(", ", vms),
          "Set network.pool back to " + earlier + ", or destroy them before you change it.");
    }
  }

  /** Frees the slot of a destroyed VM. */
  public void giveBack(VmId vm) {
    // In this order: the slot must not be taken while it still counts as one of an earlier pool.
    slots.of(vm).ifPresent(networks::forget);
    slots.free(vm);
  }

  /**
   * Forgets everything; called when no VM is left, before the host's side of the network is closed.
   * The next start is like the first.
   */
  public void clear() {
    for (String earlier : was.routed()) {
      networks.hostNetwork().leavePool(Cidr.of("network.pool", earlier));
    }
    networks.hostNetwork().leavePool(Cidr.of("network.pool", was.pool()));
    facts.remove(FACT);
  }
}

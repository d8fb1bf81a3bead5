package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence.Exceeded;
import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.PacketsSeen;
import dev.visco.diagnose.BootEvidence.ScanFacts;
import dev.visco.diagnose.BootEvidence.TrafficFacts;
import dev.visco.model.MacAddress;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Rate;
import dev.visco.network.GuestScan;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.network.SlotState;
import dev.visco.network.SlotTraffic;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gathers what a VM's slot shows: its state, what its guest sent, and what the guest answers. */
final class NetworkEvidence {
  private static final Duration ARP = Duration.ofSeconds(1);

  private final Networks networks;

  NetworkEvidence(Networks networks) {
    this.networks = networks;
  }

  /**
   * What a guest answers.
   *
   * @param arp the MAC address that answered ARP; null when none did
   * @param scan null for a guest that was not scanned
   */
  record Answers(@Nullable MacAddress arp, @Nullable GuestScan scan) {}

  /** Asks a guest that no session reaches; takes some seconds at most. */
  Answers ask(SlotPlan plan) {
    MacAddress arp = networks.arp(plan.index(), ARP).orElse(null);
    return new Answers(arp, networks.scan(plan.index()));
  }

  /**
   * @param age time since the machine was launched
   */
  NetworkFacts of(SlotPlan plan, Rate rate, Answers answers, Duration age) {
    SlotState slot = networks.inspect(plan.index());
    var guest = plan.guest();
    MacAddress answered = answers.arp();
    return new NetworkFacts(
        slot.tap(),
        slot.hasCarrier(),
        slot.link(),
        slot.hasRules(),
        slot.isForwarding(),
        slot.fromGuest(),
        slot.toGuest(),
        slot.dropped("wrong_mac"),
        slot.dropped("wrong_address"),
        exceeded(slot, networks.bounds(), rate),
        guest.address() + "/" + guest.prefix(),
        guest.mac().value(),
        answered == null ? null : answered.value(),
        HostFacts.firewall(networks.hostNetwork().rules()),
        networks.traffic(plan.index()).map(seen -> traffic(plan, seen.since(age))).orElse(null),
        scan(answers.scan()));
  }

  private static TrafficFacts traffic(SlotPlan plan, SlotTraffic seen) {
    return new TrafficFacts(
        plan.guest().gateway().toString(),
        packets(seen.ownArp()),
        packets(seen.dhcp()),
        packets(seen.ipv6()),
        seen.others().stream().map(SlotTraffic.Address::address).sorted().toList(),
        seen.targets().stream().map(SlotTraffic.Address::address).sorted().toList());
  }

  private static PacketsSeen packets(SlotTraffic.Counted counted) {
    return new PacketsSeen(counted.packets(), seconds(counted.first()), seconds(counted.last()));
  }

  private static @Nullable Long seconds(@Nullable Duration time) {
    return time == null ? null : time.toSeconds();
  }

  private static @Nullable ScanFacts scan(@Nullable GuestScan scan) {
    return scan == null
        ? null
        : new ScanFacts(
            scan.arp().isPresent(),
            scan.hasEcho(),
            scan.open(),
            scan.ssh(),
            scan.closed(),
            scan.rejected(),
            scan.silent());
  }

  private static List<Exceeded> exceeded(SlotState slot, NetworkBounds bounds, Rate rate) {
    return Stream.of(
            bound(slot, "too-many-packets", rate.operationsPerSecond()),
            bound(slot, "too-many-queries", bounds.queries()),
            bound(slot, "too-many-new-connections", bounds.newConnections()),
            bound(slot, "too-many-connections", bounds.connections()))
        .filter(each -> each.dropped() > 0)
        .toList();
  }

  /**
   * A counter is named like its rule of the diagnosis, with underscores since nft has no hyphens.
   */
  private static Exceeded bound(SlotState slot, String name, long value) {
    return new Exceeded(name, value, slot.dropped(name.replace('-', '_')));
  }
}

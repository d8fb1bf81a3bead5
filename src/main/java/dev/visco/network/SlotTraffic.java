package dev.visco.network;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a slot has seen of its guest's attempts to have a network since its machine was launched.
 * The kernel itself counts these packets in sets of the slot's rules ({@link Ruleset#slot}), each
 * of a few elements, so that watching takes no process and no memory that a guest could exhaust,
 * and ends with the slot.
 *
 * @param ownArp ARP packets in which it calls the planned address its own
 * @param dhcp its questions for an address by DHCP
 * @param ipv6 packets of IPv6: router and neighbour solicitations and reports of listeners, which
 *     an interface sends once it is up
 * @param others other addresses that it calls its own by ARP, sends from, or is about to take (RFC
 *     5227 and RFC 3927)
 * @param targets other addresses that it has asked for by ARP, like that of its gateway
 */
public record SlotTraffic(
    Counted ownArp, Counted dhcp, Counted ipv6, List<Address> others, List<Address> targets) {

  /** For how long the kernel remembers an element: the timeout of the sets. */
  private static final Duration REMEMBERED = Duration.ofDays(7);

  public SlotTraffic {
    others = List.copyOf(others);
    targets = List.copyOf(targets);
  }

  /**
   * Packets of one kind.
   *
   * @param packets their number
   * @param first time since the first; null when not known
   * @param last time since the last; null when there was none
   */
  public record Counted(long packets, @Nullable Duration first, @Nullable Duration last) {
    private static final Counted NONE = new Counted(0, null, null);
  }

  /** An address, and the packets with it. */
  public record Address(String address, Counted counted) {}

  /**
   * Reads what nft lists of the table as JSON.
   *
   * @return null for a slot that was made by an earlier version, whose rules have no such sets
   */
  static @Nullable SlotTraffic read(JsonNode listing) {
    List<Address> own = elements(listing, "own_arp");
    List<Address> first = elements(listing, "own_arp_first");
    boolean isWatched = false;
    for (JsonNode entry : listing.path("nftables")) {
      isWatched |= entry.path("set").path("name").asString("").equals("own_arp");
    }
    return isWatched
        ? new SlotTraffic(
            own.isEmpty()
                ? Counted.NONE
                : new Counted(
                    own.getFirst().counted().packets(),
                    first.isEmpty() ? null : first.getFirst().counted().last(),
                    own.getFirst().counted().last()),
            sum(elements(listing, "dhcp")),
            sum(elements(listing, "ipv6")),
            elements(listing, "other_addresses"),
            elements(listing, "arp_targets"))
        : null;
  }

  /**
   * Without what was seen before the machine was launched: a slot keeps its sets over a restart of
   * its VM.
   *
   * @param age of the machine
   */
  public SlotTraffic since(Duration age) {
    return new SlotTraffic(
        since(ownArp, age),
        since(dhcp, age),
        since(ipv6, age),
        since(others, age),
        since(targets, age));
  }

  private static List<Address> since(List<Address> all, Duration age) {
    return all.stream().filter(one -> since(one.counted(), age) != Counted.NONE).toList();
  }

  private static Counted since(Counted counted, Duration age) {
    if (counted.last() == null || counted.last().compareTo(age) > 0) {
      return Counted.NONE;
    }
    Duration first = counted.first();
    return new Counted(
        counted.packets(),
        first == null || first.compareTo(age) > 0 ? null : first,
        counted.last());
  }

  private static Counted sum(List<Address> all) {
    return all.stream()
        .map(Address::counted)
        .reduce(
            Counted.NONE,
            (one, other) ->
                new Counted(
                    one.packets() + other.packets(), null, earlier(one.last(), other.last())));
  }

  private static @Nullable Duration earlier(@Nullable Duration one, @Nullable Duration other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) < 0 ? one : other;
  }

  private static List<Address> elements(JsonNode listing, String set) {
    var found = new ArrayList<Address>();
    for (JsonNode entry : listing.path("nftables")) {
      if (entry.path("set").path("name").asString("").equals(set)) {
        for (JsonNode one : entry.path("set").path("elem")) {
          JsonNode element = one.path("elem");
          long left = element.path("expires").asLong(REMEMBERED.toSeconds());
          found.add(
              new Address(
                  element.path("val").asString(""),
                  new Counted(
                      element.path("counter").path("packets").asLong(0),
                      null,
                      Duration.ofSeconds(Math.max(0, REMEMBERED.toSeconds() - left)))));
        }
      }
    }
    return found;
  }
}

package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MachineOptions;
import dev.visco.model.NetworkBounds;
import dev.visco.model.PrivateNetworks;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Renders the nftables rules of a slot and of the host; each text is applied atomically ({@code nft
 * -f}).
 */
final class Ruleset {
  private static final String FORBIDDEN = set(PrivateNetworks.ALL);

  /** The beginning of the names of all tables of Visco on a host. */
  static final String PREFIX = "visco_";

  private Ruleset() {}

  /** The name of the host's table; nft allows no hyphens in names. */
  static String hostTable(InstallationId installation) {
    return PREFIX + installation;
  }

  /**
   * The rules in a slot's namespace, for one without rules. A guest sees the host as its gateway:
   * the host's own address lies in the guest's network, where nobody would answer ARP for it.
   *
   * <p>The rules also limit each guest, so that one that floods the network does not affect the
   * others: first packets per second, before any other rule, then DNS queries, then new and open
   * connections. Each limit counts what it dropped.
   *
   * <p>Sets of a few elements remember how the guest came to its address, or did not ({@link
   * SlotTraffic}). Packets of a guest that has its address meet none of these rules but ARP's.
   */
  static String slot(SlotPlan plan, Uplink uplink, NetworkBounds bounds) {
    var guest = plan.guest();
    var values = new HashMap<String, Object>(bounds(bounds));
    values.put("tap", plan.tap());
    values.put("inner", plan.innerVeth());
    values.put("mac", guest.mac());
    values.put("address", guest.address());
    values.put("gateway", guest.gateway());
    values.put("nameserver", uplink.nameserver());
    values.put("host", SlotPlan.hostSide(plan.pool()));
    values.put("pool", plan.pool());
    values.put("forbidden", FORBIDDEN);
    values.put("packetLimit", packetLimit(MachineOptions.NETWORK));
    values.put("toNamespace", String.join("\n    ", toNamespace(plan)));
    return Template.fill(
        """
        table netdev guard {
          counter wrong_mac { }
          counter wrong_address { }
          counter too_many_packets { }
          set own_arp_first { type ipv4_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          set own_arp { type ipv4_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          set other_addresses { type ipv4_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          set arp_targets { type ipv4_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          set dhcp { type ether_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          set ipv6 { type ether_addr; size 8; flags dynamic,timeout; counter; timeout 7d; }
          chain pace {
            %{packetLimit}
          }
          chain arp_seen {
            arp saddr ip %{address} add @own_arp_first { arp saddr ip }
            arp saddr ip %{address} update @own_arp { arp saddr ip }
            arp saddr ip != { 0.0.0.0, %{address} } update @other_addresses { arp saddr ip }
            arp saddr ip 0.0.0.0 arp daddr ip != { 0.0.0.0, %{address} } update @other_addresses { arp daddr ip }
            arp operation request arp saddr ip %{address} arp daddr ip != %{address} update @arp_targets { arp daddr ip }
          }
          chain former {
          }
          chain from_guest {
            type filter hook ingress device %{tap} priority 0; policy drop;
            jump pace
            jump former
            ether type arp jump arp_seen
            ether saddr %{mac} arp saddr ether %{mac} arp saddr ip { 0.0.0.0, %{address} } accept
            ether saddr %{mac} ip saddr %{address} accept
            ether type ip6 update @ipv6 { ether saddr }
            ether type ip udp sport 68 udp dport 67 update @dhcp { ether saddr }
            ether type ip ip saddr != { 0.0.0.0, %{address} } update @other_addresses { ip saddr }
            ether saddr != %{mac} counter name wrong_mac drop
            ether type ip ip saddr != 0.0.0.0 counter name wrong_address drop
            ether type arp counter name wrong_address drop
          }
        }
        table ip visco {
          counter too_many_packets { }
          counter too_many_queries { }
          counter too_many_new_connections { }
          counter too_many_connections { }
          ct timeout name_query {
            protocol udp
            l3proto ip
            policy = { unreplied : 5, replied : 5 }
          }
          set nameserver {
            type ipv4_addr
            elements = { %{nameserver} }
          }
          map translated {
            type ipv4_addr : ipv4_addr
            elements = { %{gateway} : %{nameserver} }
          }
          chain to_nameserver {
            type nat hook prerouting priority dstnat; policy accept;
            iifname "%{tap}" ip daddr %{gateway} udp dport 53 dnat to ip daddr map @translated
            iifname "%{tap}" ip daddr %{gateway} tcp dport 53 dnat to ip daddr map @translated
          }
          chain to_guest {
            type nat hook postrouting priority srcnat; policy accept;
            oifname "%{tap}" snat to %{gateway}
          }
          chain to_namespace {
            type filter hook input priority filter; policy drop;
            %{toNamespace}
          }
          chain from_namespace {
            type filter hook output priority filter; policy drop;
            oifname { "lo", "%{tap}" } accept
            oifname "%{inner}" ct state established,related accept
            oifname "%{inner}" ip daddr %{host} icmp type { destination-unreachable, time-exceeded } accept
          }
          chain through {
            type filter hook forward priority filter; policy drop;
            oifname "%{tap}" jump pace
            iifname "%{tap}" ip daddr @nameserver meta l4proto { tcp, udp } th dport 53 limit rate over %{queries}/second burst %{queriesAtOnce} packets counter name too_many_queries drop
            ct state established,related accept
            ct state invalid drop
            iifname "%{inner}" oifname "%{tap}" ip saddr %{host} ip daddr %{address} accept
            iifname "%{tap}" oifname "%{inner}" jump from_guest
          }
          chain pace {
            %{packetLimit}
          }
          chain from_guest {
            tcp flags & (fin | syn | rst | ack) != syn limit rate 20/second reject with tcp reset
            tcp flags & (fin | syn | rst | ack) != syn drop
            ct status dnat ip daddr @nameserver udp dport 53 ct timeout set "name_query" goto counted
            ct status dnat ip daddr @nameserver tcp dport 53 goto counted
            ip daddr %{forbidden} limit rate 20/second reject with icmp type admin-prohibited
            ip daddr %{forbidden} drop
            ip daddr %{pool} drop
            tcp flags syn tcp option maxseg size set rt mtu
            limit rate over %{newConnections}/second burst %{newAtOnce} packets counter name too_many_new_connections drop
            goto counted
          }
          chain counted {
            ct count over %{connections} counter name too_many_connections drop
            accept
          }
        }
        """,
        values);
  }

  /**
   * Directs a slot's DNS queries to another nameserver. Leaves its other rules and its connections
   * as they are.
   */
  static String changedNameserver(SlotPlan plan, Uplink uplink) {
    return Template.fill(
        """
        flush set ip visco nameserver
        add element ip visco nameserver { %{nameserver} }
        flush map ip visco translated
        add element ip visco translated { %{gateway} : %{nameserver} }
        """,
        Map.of("gateway", plan.guest().gateway(), "nameserver", uplink.nameserver()));
  }

  /**
   * The rule that limits packets per second, in the chains {@code pace} of each direction;
   * namespaces of earlier versions have chains of this name.
   */
  private static String packetLimit(Rate rate) {
    return Template.fill(
        "limit rate over %{packets}/second burst %{packets} packets counter name too_many_packets drop",
        Map.of("packets", rate.operationsPerSecond()));
  }

  /** Changes the limit of packets per second of a slot's guest, in each direction. */
  static String changedPacketLimit(Rate rate) {
    return Template.fill(
        """
        flush chain netdev guard pace
        add rule netdev guard pace %{packetLimit}
        flush chain ip visco pace
        add rule ip visco pace %{packetLimit}
        """,
        Map.of("packetLimit", packetLimit(rate)));
  }

  /**
   * What a guest may send from the address that it had before it went on from another one's
   * snapshot: answers of its sshd to the namespace itself, and ARP. Nothing of it goes any further.
   */
  static String admittedFormer(SlotPlan plan, GuestLink former) {
    return Template.fill(
        """
        flush chain netdev guard former
        add rule netdev guard former ether saddr %{mac} arp saddr ip %{address} accept
        add rule netdev guard former ether saddr %{mac} ip saddr %{address} ip daddr { %{gateways} } tcp sport 22 accept
        """,
        Map.of(
            "mac", former.mac(),
            "address", former.address(),
            "gateways",
                former.gateway().equals(plan.guest().gateway())
                    ? former.gateway()
                    : former.gateway() + ", " + plan.guest().gateway()));
  }

  /** As before {@link #admittedFormer}. */
  static String dismissedFormer() {
    return "flush chain netdev guard former\n";
  }

  /** The rules of the chain {@code to_namespace}. */
  static List<String> toNamespace(SlotPlan plan) {
    return List.of(
        "ct state established,related accept",
        "iifname \"%s\" ip daddr %s icmp type echo-request limit rate 20/second accept"
            .formatted(plan.tap(), plan.guest().gateway()),
        "iifname \"%s\" icmp type echo-request accept".formatted(plan.innerVeth()),
        "iifname \"lo\" accept");
  }

  static Map<String, Integer> bounds(NetworkBounds bounds) {
    return Map.of(
        "connections", bounds.connections(),
        "newConnections", bounds.newConnections(),
        "newAtOnce", 4 * bounds.newConnections(),
        "queries", bounds.queries(),
        "queriesAtOnce", 3 * bounds.queries());
  }

  private static String set(List<Cidr> pools) {
    return pools.size() == 1
        ? pools.getFirst().toString()
        : pools.stream().map(Cidr::toString).collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** The additional rule of an isolated slot: its guest reaches nothing outside. */
  static String isolation() {
    return "insert rule ip visco from_guest counter drop\n";
  }

  /**
   * Removes a slot's entries from the host's set of connections, so that its next guest starts
   * without any.
   */
  static String forgetConnections(InstallationId installation, Ipv4 guest) {
    return Template.fill(
        """
        add element inet %{table} connections { %{guest} }
        delete element inet %{table} connections { %{guest} }
        """,
        Map.of("table", hostTable(installation), "guest", guest));
  }

  /**
   * The host's rules; they replace an earlier version of the same table. They apply only to Visco's
   * own veths and pools. A nameserver may be on the host itself; only then guests' DNS queries
   * reach the host.
   *
   * <p>They repeat the slots' rules, for other processes in a slot's namespace: each link may use
   * only its guest's address, the forbidden ranges stay closed, and the guest's entries in the
   * host's connection table are limited. A closed connection no longer counts (Linux
   * net/netfilter/nf_conncount.c) and is therefore forgotten after 5 s. An established one is
   * forgotten after two hours and four minutes without a packet (RFC 5382, REQ-5) instead of five
   * days.
   *
   * @param pools the pools that have VMs, without overlaps; at least one
   */
  static String host(
      InstallationId installation, List<Cidr> pools, Uplink uplink, NetworkBounds bounds) {
    return Template.fill(
        """
        table inet %{table}
        delete table inet %{table}
        table inet %{table} {
          counter too_many_connections { }
          counter closed_range { }
          counter wrong_address { }
          set guests {
            typeof iifname . ip saddr
            elements = {
              %{guests}
            }
          }
          set connections {
            type ipv4_addr
            size 65535
            flags dynamic
          }
          ct timeout guest_tcp {
            protocol tcp
            l3proto ip
            policy = { syn_sent : 30, syn_recv : 30, established : 7440, fin_wait : 30, close_wait : 30, last_ack : 10, time_wait : 5, close : 5, retrans : 60, unack : 60 }
          }
          ct timeout guest_udp {
            protocol udp
            l3proto ip
            policy = { unreplied : 10, replied : 120 }
          }
          ct timeout name_query {
            protocol udp
            l3proto ip
            policy = { unreplied : 5, replied : 5 }
          }
          chain to_host {
            type filter hook input priority filter; policy accept;
            iifname "%{veth}*" ct state established,related accept
            iifname "%{veth}*" ip daddr %{nameserver} meta l4proto { tcp, udp } th dport 53 accept
            iifname "%{veth}*" drop
          }
          chain through {
            type filter hook forward priority filter; policy accept;
            iifname "%{veth}*" oifname "%{veth}*" drop
            iifname "%{veth}*" meta nfproto ipv6 drop
            iifname "%{veth}*" iifname . ip saddr != @guests counter name wrong_address drop
            oifname "%{veth}*" ct state established,related accept
            oifname "%{veth}*" drop
            iifname "%{veth}*" jump from_guest
          }
          chain from_guest {
            ip daddr %{nameserver} meta l4proto { tcp, udp } th dport 53 goto new
            ip daddr %{forbidden} counter name closed_range drop
            tcp flags syn tcp option maxseg size set rt mtu
            goto new
          }
          chain new {
            ct state != new return
            udp dport 53 ct timeout set "name_query" goto counted
            ip protocol tcp ct timeout set "guest_tcp"
            ip protocol udp ct timeout set "guest_udp"
            goto counted
          }
          chain counted {
            add @connections { ip saddr ct count over %{connections} } counter name too_many_connections drop
          }
          chain from_guests {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr %{pool} ip daddr != %{pool} oifname != "%{veth}*" masquerade
          }
        }
        """,
        Map.of(
            "table", hostTable(installation),
            "veth", SlotPlan.vethPrefix(installation),
            "pool", set(pools),
            "guests", guests(installation, pools),
            "nameserver", uplink.nameserver(),
            "forbidden", FORBIDDEN,
            "connections", bounds.connections()));
  }

  /** Pairs of a slot's link and its guest's address, in each pool. */
  private static String guests(InstallationId installation, List<Cidr> pools) {
    var guests = new ArrayList<String>();
    for (Cidr pool : pools) {
      for (int index = 0; index < SlotPlan.slots(pool); index++) {
        var plan = new SlotPlan(installation, pool, new SlotIndex(index));
        guests.add("\"" + plan.hostVeth() + "\" . " + plan.guest().address());
      }
    }
    return String.join(",\n      ", guests);
  }
}

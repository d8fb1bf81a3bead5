package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The nftables text of a slot and of the host; each is applied at once or not at all ({@code nft
 * -f}).
 */
final class Ruleset {
  /**
   * What no guest may reach: private, shared, link-local (the metadata address among them),
   * loopback, multicast, reserved.
   */
  private static final String FORBIDDEN =
      "{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3 }";

  private Ruleset() {}

  /** Name of the host's table; nft names take no hyphen. */
  static String hostTable(InstallationId installation) {
    return "visco_" + installation;
  }

  /**
   * The rules inside a slot's namespace, for a namespace that has none. A guest sees the host as
   * its gateway: the host's own address lies in the guest's network, where nobody would answer ARP
   * for it.
   */
  static String slot(SlotPlan plan, Uplink uplink) {
    var guest = plan.guest();
    return """
    table netdev guard {
      counter wrong_mac { }
      counter wrong_address { }
      chain from_guest {
        type filter hook ingress device %tap priority 0; policy drop;
        ether saddr %mac arp saddr ether %mac arp saddr ip { 0.0.0.0, %address } accept
        ether saddr %mac ip saddr %address accept
        ether saddr != %mac counter name wrong_mac drop
        ether type ip ip saddr != 0.0.0.0 counter name wrong_address drop
        ether type arp counter name wrong_address drop
      }
    }
    table ip visco {
      chain to_nameserver {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "%tap" ip daddr %gateway udp dport 53 dnat to %nameserver
        iifname "%tap" ip daddr %gateway tcp dport 53 dnat to %nameserver
      }
      chain to_guest {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%tap" snat to %gateway
      }
      chain to_namespace {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname "%tap" ip daddr %gateway icmp type echo-request accept
        iifname "%inner" icmp type echo-request accept
        iifname "lo" accept
      }
      chain through {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iifname "%inner" oifname "%tap" ip saddr %host ip daddr %address accept
        iifname "%tap" oifname "%inner" jump from_guest
      }
      chain from_guest {
        ct status dnat ip daddr %nameserver udp dport 53 accept
        ct status dnat ip daddr %nameserver tcp dport 53 accept
        ip daddr %forbidden limit rate 20/second reject with icmp type admin-prohibited
        ip daddr %forbidden drop
        ip daddr %pool drop
        tcp flags syn tcp option maxseg size set rt mtu
        accept
      }
    }
    """
        .replace("%tap", plan.tap())
        .replace("%inner", plan.innerVeth())
        .replace("%mac", guest.mac().value())
        .replace("%address", guest.address().toString())
        .replace("%gateway", guest.gateway().toString())
        .replace("%nameserver", uplink.nameserver().toString())
        .replace("%host", SlotPlan.hostSide(plan.pool()).toString())
        .replace("%pool", plan.pool().toString())
        .replace("%forbidden", FORBIDDEN);
  }

  private static String set(List<Cidr> pools) {
    return pools.size() == 1
        ? pools.getFirst().toString()
        : pools.stream().map(Cidr::toString).collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** What is added to a slot's rules when its guest may not reach anything outside. */
  static String isolation() {
    return "insert rule ip visco from_guest counter drop\n";
  }

  /**
   * The host's rules; replaces an earlier version of the same table. Nothing but our own veths and
   * our pools are judged.
   *
   * @param pools that have VMs, none of which overlap; at least one
   */
  static String host(InstallationId installation, List<Cidr> pools) {
    return """
    table inet %table
    delete table inet %table
    table inet %table {
      chain to_host {
        type filter hook input priority filter; policy accept;
        iifname "%veth*" ct state established,related accept
        iifname "%veth*" drop
      }
      chain through {
        type filter hook forward priority filter; policy accept;
        iifname "%veth*" oifname "%veth*" drop
        iifname "%veth*" ip saddr != %pool drop
        iifname "%veth*" meta nfproto ipv6 drop
        oifname "%veth*" ct state established,related accept
        oifname "%veth*" drop
        iifname "%veth*" tcp flags syn tcp option maxseg size set rt mtu
      }
      chain from_guests {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr %pool ip daddr != %pool oifname != "%veth*" masquerade
      }
    }
    """
        .replace("%table", hostTable(installation))
        .replace("%veth", SlotPlan.vethPrefix(installation))
        .replace("%pool", set(pools));
  }
}

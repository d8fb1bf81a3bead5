package dev.visco.network;

import dev.visco.model.GuestLink;
import dev.visco.model.Rate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Renders the input for ip(8) and tc(8) that creates a slot, and its kernel parameters. */
final class SlotSetup {
  /** The minimum burst in bytes, whatever the rate: a few full packets. */
  private static final long MIN_BURST = 16_384;

  private static final String PARAMETERS =
      """
      net.ipv4.ip_forward=1
      net.ipv4.conf.all.ignore_routes_with_linkdown=1
      net.ipv4.conf.%{tap}.ignore_routes_with_linkdown=1
      net.ipv4.conf.all.send_redirects=0
      net.ipv4.conf.%{tap}.send_redirects=0
      net.ipv4.conf.all.rp_filter=0
      net.ipv6.conf.all.disable_ipv6=1
      net.netfilter.nf_conntrack_tcp_timeout_established=7440
      net.netfilter.nf_conntrack_tcp_timeout_syn_sent=30
      net.netfilter.nf_conntrack_tcp_timeout_syn_recv=30
      net.netfilter.nf_conntrack_tcp_timeout_fin_wait=30
      net.netfilter.nf_conntrack_tcp_timeout_close_wait=30
      net.netfilter.nf_conntrack_tcp_timeout_last_ack=10
      net.netfilter.nf_conntrack_tcp_timeout_time_wait=5
      net.netfilter.nf_conntrack_tcp_timeout_close=5
      net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=60
      net.netfilter.nf_conntrack_tcp_timeout_max_retrans=60
      net.netfilter.nf_conntrack_udp_timeout=10
      net.netfilter.nf_conntrack_udp_timeout_stream=120
      net.netfilter.nf_conntrack_icmp_timeout=10
      net.netfilter.nf_conntrack_generic_timeout=60
      """;

  private SlotSetup() {}

  private static Map<String, Object> values(SlotPlan plan) {
    var values = new HashMap<String, Object>();
    var guest = plan.guest();
    values.put("netns", plan.netns());
    values.put("veth", plan.hostVeth());
    values.put("inner", plan.innerVeth());
    values.put("tap", plan.tap());
    values.put("hostMac", plan.hostMac());
    values.put("innerMac", plan.innerMac());
    values.put("tapMac", SlotPlan.TAP_MAC);
    values.put("mac", guest.mac());
    values.put("uid", plan.uid());
    values.put("gateway", guest.gateway());
    values.put("address", guest.address());
    values.put("host", SlotPlan.hostSide(plan.pool()));
    values.put("pool", plan.pool());
    return values;
  }

  /**
   * For ip(8) on the host: namespace and veth pair. Both ends have permanent neighbours, so that no
   * packet waits for ARP on a veth.
   */
  static String outer(SlotPlan plan) {
    return Template.fill(
        """
        netns add %{netns}
        link add %{veth} address %{hostMac} type veth peer name %{inner} address %{innerMac} netns %{netns}
        """,
        values(plan));
  }

  /** For ip(8) on the host: a new veth pair for an existing namespace that has lost its pair. */
  static String outerLink(SlotPlan plan) {
    return Template.fill(
        "link add %{veth} address %{hostMac} type veth peer name %{inner} address %{innerMac} netns %{netns}\n",
        values(plan));
  }

  /** For ip(8) in the namespace: the addresses and routes of the new pair. */
  static String innerLink(SlotPlan plan) {
    return Template.fill(
        """
        link set %{inner} up
        neigh replace %{host} lladdr %{hostMac} dev %{inner} nud permanent
        route replace %{host}/32 dev %{inner}
        route replace default via %{host} dev %{inner} onlink
        """,
        values(plan));
  }

  /**
   * For ip(8) in the namespace: the way to a guest that still has the address of another slot, of
   * which it was a machine's copy. Its gateway then may be one of another pool.
   */
  static String toFormer(SlotPlan plan, GuestLink former) {
    return Template.fill(
        """
        addr replace %{gateway}/32 dev %{tap}
        route replace %{address}/32 dev %{tap} src %{gateway}
        neigh replace %{address} lladdr %{mac} dev %{tap} nud permanent
        """,
        former(plan, former));
  }

  /**
   * For ip(8) in the namespace: takes {@link #toFormer} back, as far as the slot has none itself.
   */
  static String noFormer(SlotPlan plan, GuestLink former) {
    String own =
        former.gateway().equals(plan.guest().gateway())
            ? ""
            : "addr del %{gateway}/32 dev %{tap}\n";
    return former.address().equals(plan.guest().address())
        ? Template.fill(
            "neigh replace %{address} lladdr %{ownMac} dev %{tap} nud permanent\n" + own,
            former(plan, former))
        : Template.fill(
            """
            route del %{address}/32 dev %{tap}
            neigh del %{address} dev %{tap}
            """
                + own,
            former(plan, former));
  }

  private static Map<String, Object> former(SlotPlan plan, GuestLink former) {
    return Map.of(
        "tap", plan.tap(),
        "gateway", former.gateway(),
        "address", former.address(),
        "mac", former.mac(),
        "ownMac", plan.guest().mac());
  }

  /** For ip(8) in the namespace. */
  static String inner(SlotPlan plan) {
    return Template.fill(
        """
        link set lo up
        tuntap add %{tap} mode tap user %{uid} vnet_hdr
        link set %{tap} address %{tapMac}
        link set %{tap} up
        link set %{inner} up
        addr add %{gateway}/32 dev %{tap}
        route add unreachable %{pool} metric 4000000000
        route add %{address}/32 dev %{tap} src %{gateway}
        neigh replace %{address} lladdr %{mac} dev %{tap} nud permanent
        neigh replace %{host} lladdr %{hostMac} dev %{inner} nud permanent
        route add %{host}/32 dev %{inner}
        route add default via %{host} dev %{inner} onlink
        """,
        values(plan));
  }

  /**
   * The kernel parameters of the namespace. A TAP without a VMM has no carrier; its route is then
   * ignored, and the unreachable route answers at once. Connections are remembered as long as on
   * the host ({@link Ruleset#host}); each namespace has its own such parameters
   * (Documentation/networking/nf_conntrack-sysctl.rst).
   */
  static Map<String, String> parameters(SlotPlan plan) {
    var parameters = new LinkedHashMap<String, String>();
    Template.fill(PARAMETERS, values(plan))
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(pair -> parameters.put(pair[0], pair[1]));
    return parameters;
  }

  /** For ip(8) on the host, as the last step: makes the guest reachable. */
  static String route(SlotPlan plan) {
    return Template.fill(
        """
        addr replace %{host}/32 dev %{veth}
        link set %{veth} up
        neigh replace %{address} lladdr %{innerMac} dev %{veth} nud permanent
        route replace %{address}/32 dev %{veth} src %{host}
        """,
        values(plan));
  }

  /**
   * For tc(8) in the namespace: limits the guest's bandwidth in each direction. Packets are delayed
   * by up to 50 ms before they are dropped (tc-tbf(8)).
   */
  static String bandwidth(SlotPlan plan, Rate rate) {
    long bytes = rate.bytesPerSecond();
    return Template.fill(
        """
        qdisc replace dev %{tap} root tbf rate %{rate}bps burst %{burst} latency 50ms
        qdisc replace dev %{inner} root tbf rate %{rate}bps burst %{burst} latency 50ms
        """,
        Map.of(
            "tap", plan.tap(),
            "inner", plan.innerVeth(),
            "rate", bytes,
            "burst", Math.max(MIN_BURST, bytes / 20)));
  }
}

package dev.visco.network;

import dev.visco.model.NetworkBounds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/**
 * Renders the rules by which all that a slot's guest sends comes to a relay in its namespace, and
 * nothing of it goes further: TCP connections to anywhere and name queries to the gateway are
 * redirected, everything else is refused and listed. Where nobody listens, connections are reset.
 * Or those by which only connections to port 443 do.
 *
 * <p>They stand in a table of their own before those of {@link Ruleset}, and hold for connections
 * that were opened before them, too. Connections of the host to the guest are not touched.
 */
final class EgressRuleset {
  /** Where connections come out, at the gateway's address. */
  static final int TCP_PORT = 15_001;

  /** Where name queries come out. */
  static final int UDP_PORT = 15_053;

  /** The table's name. */
  static final String TABLE = "egress";

  /** Refused traffic with ports, by protocol, address and port. */
  static final String WITH_PORTS = "refused";

  /** Other refused traffic, by protocol and address. */
  static final String WITHOUT_PORTS = "refused_others";

  private static final String REDIRECTED = "iifname \"%{tap}\" ct status dnat ip daddr %{gateway} ";

  private EgressRuleset() {}

  /** The rules, instead of those that may be there. */
  static String redirect(SlotPlan plan, NetworkBounds bounds) {
    var values = new HashMap<String, Object>(Ruleset.bounds(bounds));
    values.put("tap", plan.tap());
    values.put("gateway", plan.guest().gateway());
    values.put("tcp", TCP_PORT);
    values.put("udp", UDP_PORT);
    String table =
        Template.fill(
            """
            table ip egress
            delete table ip egress
            table ip egress {
              set refused {
                type inet_proto . ipv4_addr . inet_service
                size 256
                flags dynamic,timeout
                timeout 1h
              }
              set refused_others {
                type inet_proto . ipv4_addr
                size 64
                flags dynamic,timeout
                timeout 1h
              }
              chain arriving {
                type nat hook prerouting priority dstnat - 10; policy accept;
                iifname "%{tap}" ip daddr %{gateway} udp dport 53 redirect to :%{udp}
                iifname "%{tap}" meta l4proto tcp redirect to :%{tcp}
              }
              chain through {
                type filter hook forward priority filter - 10; policy accept;
                iifname "%{tap}" ct direction original goto refused
                oifname "%{tap}" ct direction reply drop
              }
              chain refused {
                meta l4proto { tcp, udp, udplite, sctp, dccp } update @refused { meta l4proto . ip daddr . th dport counter }
                meta l4proto != { tcp, udp, udplite, sctp, dccp } update @refused_others { meta l4proto . ip daddr counter }
                limit rate 20/second reject with icmp type admin-prohibited
                drop
              }
            }
            """,
            values);
    String queries =
        Template.fill(
            "iifname \"%{tap}\" udp dport %{udp} limit rate over %{queries}/second burst %{queriesAtOnce} packets counter name too_many_queries drop",
            values);
    var rules = new ArrayList<String>();
    rules.add(queries);
    rules.addAll(Ruleset.toNamespace(plan));
    rules.addAll(toRelay(values));
    rules.add(Template.fill(REDIRECTED + "udp dport %{udp} accept", values));
    return table + toNamespace(rules);
  }

  /**
   * The rules by which connections to port 443 come to the relay, instead of those that may be
   * there; everything else leaves as that of a new slot.
   */
  static String redirectHttps(SlotPlan plan, NetworkBounds bounds) {
    var values = new HashMap<String, Object>(Ruleset.bounds(bounds));
    values.put("tap", plan.tap());
    values.put("gateway", plan.guest().gateway());
    values.put("tcp", TCP_PORT);
    String table =
        Template.fill(
            """
            table ip egress
            delete table ip egress
            table ip egress {
              chain arriving {
                type nat hook prerouting priority dstnat - 10; policy accept;
                iifname "%{tap}" tcp dport 443 redirect to :%{tcp}
              }
            }
            """,
            values);
    var rules = new ArrayList<>(Ruleset.toNamespace(plan));
    rules.addAll(toRelay(values));
    return table + toNamespace(rules);
  }

  /** What is redirected to the relay's port is let in, as much of it as a slot may have. */
  private static List<String> toRelay(HashMap<String, Object> values) {
    return List.of(
            "tcp dport %{tcp} limit rate over %{newConnections}/second burst %{newAtOnce} packets counter name too_many_new_connections drop",
            "tcp dport %{tcp} ct count over %{connections} counter name too_many_connections drop",
            "tcp dport %{tcp} accept")
        .stream()
        .map(rule -> Template.fill(REDIRECTED + rule, values))
        .toList();
  }

  /** Takes the rules away. */
  static String remove(SlotPlan plan) {
    return "table ip egress\ndelete table ip egress\n" + toNamespace(Ruleset.toNamespace(plan));
  }

  private static String toNamespace(List<String> rules) {
    var text = new StringBuilder("flush chain ip visco to_namespace\n");
    rules.forEach(rule -> text.append("add rule ip visco to_namespace ").append(rule).append('\n'));
    return text.toString();
  }
}

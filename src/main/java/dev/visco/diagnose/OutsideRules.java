package dev.visco.diagnose;

import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;

import dev.visco.diagnose.BootEvidence.HostFirewall;
import dev.visco.diagnose.BootEvidence.ObstacleEvidence;
import dev.visco.model.Remedy;
import java.util.List;
import java.util.function.Predicate;

/** Causes between the slot and the outside: the host's packet rules and routes. */
final class OutsideRules {
  /** Id of the rule and of the objection for packets that another firewall drops. */
  static final String FORWARD_DROPPED = "forward-dropped";

  private static final int WAY_OUT = 12;

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "host-rules-missing",
              seen ->
                  fact(
                      firewall(seen, host -> !host.isOwnThere()),
                      "the host has no table of Visco's own"),
              true,
              "Visco's packet rules on this host are gone: another program flushed them. Guests are cut off until they are back.",
              "The daemon puts them back within seconds; an event tells of it. Where no daemon runs, start one.",
              new Remedy.StartDaemon(),
              "nft(8), flush ruleset"),
          new BootRule(
              "no-route",
              seen ->
                  fact(
                      firewall(seen, host -> !host.hasRoute()),
                      "the host has no route to the guests' nameserver"),
              true,
              "The host itself has no way out: it has no route to the nameserver that guests ask.",
              "Bring the host's network up, or set network.nameserver to one that it reaches.",
              new Remedy.RunOnHost("ip route"),
              "ip-route(8)"),
          new BootRule(
              FORWARD_DROPPED,
              seen -> obstacles(seen, true),
              true,
              "Another firewall on this host drops what guests send or are answered.",
              "Let the guests' links through there.",
              new Remedy.RunOnHost("%admission"),
              "nft(8), base chains: a packet must be accepted by every chain of a hook"),
          new BootRule(
              "forward-perhaps-dropped",
              seen -> all(obstacles(seen, false), unmet(seen)),
              false,
              "Another firewall on this host drops what guests send or are answered, if none of its rules that Visco cannot read lets it through.",
              "Let the guests' links through there.",
              new Remedy.RunOnHost("%admission"),
              "nft(8), base chains: a packet must be accepted by every chain of a hook"),
          new BootRule(
              "no-way-out",
              OutsideRules::unmet,
              false,
              "The guest's packets or their answers are lost between its slot and the outside, although the host itself gets answers.",
              "Look for a firewall, a VPN or a routing rule of this host that treats forwarded packets another way than its own, and at the nameserver for one that answers this host alone.",
              new Remedy.RunOnHost("nft list ruleset; ip rule"),
              "ip-rule(8), nft(8)"));

  private OutsideRules() {}

  /** The command that lets guests' packets pass an obstacle. */
  static String admission(HostFirewall firewall, ObstacleEvidence obstacle) {
    String veths = firewall.veths();
    if (obstacle.hook().equals("input")) {
      return "nft insert rule %s %s iifname '\"%s*\"' meta l4proto '{ tcp, udp }' th dport 53 accept"
          .formatted(obstacle.table(), obstacle.chain(), veths);
    }
    // For iptables' tables it is an iptables command: iptables refuses to work on a table with a
    // rule
    // that it cannot read, like one added by nft.
    return obstacle.table().equals("ip filter") && obstacle.chain().equals("FORWARD")
        ? ("iptables -I FORWARD -i %1$s+ -j ACCEPT"
                + " && iptables -I FORWARD -o %1$s+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
            .formatted(veths)
        : ("nft insert rule %1$s %2$s iifname '\"%3$s*\"' accept"
                + " && nft insert rule %1$s %2$s oifname '\"%3$s*\"' ct state established,related accept")
            .formatted(obstacle.table(), obstacle.chain(), veths);
  }

  /** The same for the first obstacle of some evidence; empty where there is none. */
  static String admission(BootEvidence evidence) {
    BootEvidence.NetworkFacts network = evidence.network();
    HostFirewall host = network == null ? null : network.host();
    if (host == null || host.obstacles().isEmpty()) {
      return "";
    }
    ObstacleEvidence certain = host.certain();
    return admission(host, certain == null ? host.obstacles().getFirst() : certain);
  }

  private static List<String> unmet(EvidenceView seen) {
    BootEvidence.Unmet unmet = seen.facts().unmet();
    return unmet == null
        ? EvidenceView.NO
        : fact(unmet.number() == WAY_OUT, "criterion " + WAY_OUT + ": " + unmet.text());
  }

  private static boolean firewall(EvidenceView seen, Predicate<HostFirewall> isSo) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    return network != null && network.host() != null && isSo.test(network.host());
  }

  private static List<String> obstacles(EvidenceView seen, boolean areCertain) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    HostFirewall host = network == null ? null : network.host();
    return host == null
        ? EvidenceView.NO
        : host.obstacles().stream()
            .filter(found -> found.isCertain() == areCertain)
            .map(ObstacleEvidence::text)
            .toList();
  }
}

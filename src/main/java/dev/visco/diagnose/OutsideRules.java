package dev.visco.diagnose;

import static dev.visco.diagnose.Seen.all;
import static dev.visco.diagnose.Seen.fact;
import static dev.visco.diagnose.Seen.unless;

import dev.visco.diagnose.BootEvidence.HostFirewall;
import java.util.List;
import java.util.function.Predicate;

/** What lies between the slot and the outside: the host's own packet rules. */
final class OutsideRules {
  private static final int WAY_OUT = 12;

  /** In the order of the chain of cause. */
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
              "The daemon puts them back within seconds; visco events tells of it. Where no daemon runs, start one. | visco up --no-vm",
              "nft(8), flush ruleset"),
          new BootRule(
              "forward-dropped-by-docker",
              seen -> dropped(seen, HostFirewall::hasDockerUser),
              false,
              "Docker's firewall on this host drops what it is not told to forward, and with it the guests' packets.",
              "Tell it to let the guests' through, in the chain that it leaves to the host's owner. | iptables -I DOCKER-USER -s %pool -j ACCEPT && iptables -I DOCKER-USER -d %pool -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
              "Docker's manual, Packet filtering and firewalls"),
          new BootRule(
              "forward-dropped",
              seen -> dropped(seen, host -> !host.hasDockerUser()),
              false,
              "Another firewall on this host drops what it is not told to forward, and with it the guests' packets.",
              "Let the guests' packets through in the chain that is named here: what comes from network.pool, and the answers to it.",
              "nft(8), base chains: a packet must be accepted by every chain of a hook"),
          new BootRule(
              "no-way-out",
              seen -> unless(unmet(seen), firewall(seen, host -> !host.droppers().isEmpty())),
              false,
              "The guest's packets or their answers are lost between its slot and the outside, although the host itself gets answers.",
              "Look for a firewall, a VPN or a routing rule of this host that treats forwarded packets another way than its own, and at the nameserver for one that answers this host alone. | nft list ruleset; ip rule",
              "ip-rule(8), nft(8)"));

  private OutsideRules() {}

  private static List<String> unmet(Seen seen) {
    BootEvidence.Unmet unmet = seen.facts().unmet();
    return unmet == null
        ? Seen.NO
        : fact(unmet.number() == WAY_OUT, "criterion " + WAY_OUT + ": " + unmet.text());
  }

  private static boolean firewall(Seen seen, Predicate<HostFirewall> isSo) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    return network != null && network.host() != null && isSo.test(network.host());
  }

  private static List<String> dropped(Seen seen, Predicate<HostFirewall> isSo) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    HostFirewall host = network == null ? null : network.host();
    return host == null || host.droppers().isEmpty()
        ? Seen.NO
        : all(
            fact(
                isSo.test(host),
                "its chains drop by policy: " + String.join(", ", host.droppers())),
            unmet(seen));
  }
}

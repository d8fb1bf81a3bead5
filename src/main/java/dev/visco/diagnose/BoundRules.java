package dev.visco.diagnose;

import dev.visco.diagnose.BootEvidence.Exceeded;
import java.util.List;

/**
 * Limits of its network that a guest has met. These rules come last: a guest that works may have
 * met a limit too, so that this alone explains no failure.
 */
final class BoundRules {
  /** In the order in which packets meet the bounds. */
  static final List<BootRule> TABLE =
      List.of(
          rule(
              "too-many-packets",
              "sends or gets more than %d packets a second",
              "The guest's packets are more than its VM type allows, and what is too much is dropped.",
              "Find out in the guest what sends or fetches so much, or use a VM type with a higher network-packets-per-second."),
          rule(
              "too-many-queries",
              "sends more than %d packets a second to the nameserver",
              "The guest asks for more names than it may, and some of its questions are dropped.",
              "Let the guest remember names (a caching resolver), or set network.queries higher and create the VM anew."),
          rule(
              "too-many-new-connections",
              "opens more than %d connections a second",
              "The guest opens connections faster than it may, and some of them do not come about.",
              "Let programs in the guest keep their connections, or set network.new-connections higher and create the VM anew."),
          rule(
              "too-many-connections",
              "holds more than %d connections",
              "The guest holds as many connections as it may: no further one comes about until some are closed.",
              "Close connections in the guest, or set network.connections higher and create the VM anew."));

  private BoundRules() {}

  private static BootRule rule(String id, String does, String cause, String remedy) {
    return new BootRule(
        id,
        seen -> {
          BootEvidence.NetworkFacts network = seen.facts().network();
          return network == null || network.exceeded() == null
              ? EvidenceView.NO
              : network.exceeded().stream()
                  .filter(each -> each.bound().equals(id))
                  .map(each -> text(each, does))
                  .toList();
        },
        false,
        cause,
        remedy,
        "nft(8), Visco docs/settings.md");
  }

  private static String text(Exceeded exceeded, String does) {
    return "%d packets were dropped because the guest %s"
        .formatted(exceeded.dropped(), does.formatted(exceeded.value()));
  }
}

package dev.visco.diagnose;

import dev.visco.diagnose.BootEvidence.Exceeded;
import java.util.List;

/**
 * Network limits that a guest has exceeded. These rules come last: a guest that works may have
 * exceeded a limit too, so that this alone explains no failure.
 */
final class BoundRules {
  /** In the order in which packets pass the limits. */
  static final List<BootRule> TABLE =
      List.of(
          rule(
              "too-many-packets",
              "sends or gets more than %d packets a second",
              "The guest sends or receives more packets than its VM type allows, and the excess is dropped.",
              "Find out in the guest what sends or fetches so much, or use a VM type with a higher network-packets-per-second."),
          rule(
              "too-many-queries",
              "sends more than %d packets a second to the nameserver",
              "The guest sends more DNS queries than it may, and some of them are dropped.",
              "Run a caching resolver in the guest, or set network.queries higher and create the VM again."),
          rule(
              "too-many-new-connections",
              "opens more than %d connections a second",
              "The guest opens connections faster than it may, and some of them are dropped.",
              "Let programs in the guest reuse their connections, or set network.new-connections higher and create the VM again."),
          rule(
              "too-many-connections",
              "holds more than %d connections",
              "The guest holds as many connections as it may: no further one is opened until some are closed.",
              "Close connections in the guest, or set network.connections higher and create the VM again."));

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

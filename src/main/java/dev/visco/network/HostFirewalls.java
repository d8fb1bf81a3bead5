package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The packet rules of other programs on this host: what they do to guests' packets, and the only
 * place where Visco adds to them. Docker drops packets that it has no rule to forward, and leaves
 * the chain {@code DOCKER-USER} to the host's owner (Docker's manual, "Packet filtering and
 * firewalls"); only there Visco accepts packets of guests' links. Visco's own table still filters
 * them.
 */
final class HostFirewalls {
  private static final List<String> DOCKER_USER = List.of("ip", "filter", "DOCKER-USER");

  private static final Set<String> HOOKS = Set.of("forward", "input");

  /** An address outside that is nobody's (TEST-NET-1, RFC 5737), only to ask for its route. */
  private static final Ipv4 OUTSIDE = Ipv4.of("address", "192.0.2.1");

  private final Host host;
  private final InstallationId installation;
  private final Pools pools;

  HostFirewalls(Host host, InstallationId installation, Pools pools) {
    this.host = host;
    this.installation = installation;
    this.pools = pools;
  }

  /** The effect of all these rules on guests at this moment. */
  HostRules inspect(Ipv4 nameserver) {
    String chains = host.run(Command.of("nft", "-j", "list", "chains")).output();
    Optional<JsonNode> toNameserver = route(nameserver);
    boolean isHosts =
        toNameserver.filter(route -> route.path("type").asString("").equals("local")).isPresent();
    var obstacles = new ArrayList<Obstacle>();
    var foreign = ForeignRules.read(chains, HOOKS, this::table);
    Ipv4 outside = isHosts ? OUTSIDE : nameserver;
    if (isHosts) {
      foreign.obstacle("input", sent("", nameserver)).ifPresent(obstacles::add);
    }
    route(outside)
        .map(route -> route.path("dev").asString(""))
        .ifPresent(uplink -> {
          foreign.obstacle("forward", sent(uplink, outside)).ifPresent(obstacles::add);
          foreign.obstacle("forward", answer(uplink, outside)).ifPresent(obstacles::add);
        });
    return new HostRules(
        isOwnThere(chains),
        toNameserver.isPresent(),
        obstacles,
        SlotPlan.vethPrefix(installation),
        pools.today().toString());
  }

  private String table(String family, String name) {
    return host.run(Command.of("nft", "-j", "-t", "list", "table", family, name)).output();
  }

  private boolean isOwnThere(String chains) {
    String own = Ruleset.hostTable(installation);
    return ForeignRules.entries(chains).stream()
        .flatMap(JsonNode::valueStream)
        .anyMatch(entry -> entry.path("chain").path("table").asString("").equals(own));
  }

  private Optional<JsonNode> route(Ipv4 to) {
    CommandResult found = host.run(Command.of("ip", "-4", "-json", "route", "get", to.toString()));
    return found.succeeded() && found.output().strip().startsWith("[")
        ? Optional.of(Json.read(found.output(), JsonNode.class).path(0))
        : Optional.empty();
  }

  private SlotPlan anySlot() {
    return new SlotPlan(installation, pools.today(), new SlotIndex(0));
  }

  private RulePacket sent(String out, Ipv4 to) {
    SlotPlan slot = anySlot();
    return new RulePacket(slot.hostVeth(), out, "new", slot.guest().address(), to);
  }

  private RulePacket answer(String in, Ipv4 from) {
    SlotPlan slot = anySlot();
    return new RulePacket(in, slot.hostVeth(), "established", from, slot.guest().address());
  }

  /**
   * Makes Docker's firewall accept guests' packets and their answers, if there is one.
   *
   * @return whether something was added
   */
  boolean admit() {
    CommandResult listed = dockerUser();
    if (!listed.succeeded()) {
      return false;
    }
    var text = new StringBuilder();
    for (String direction : List.of("iifname", "oifname")) {
      if (handles(listed.output(), direction).isEmpty()) {
        text.append(
            "insert rule %s %s %s %s \"%s*\" accept\n"
                .formatted(
                    DOCKER_USER.get(0),
                    DOCKER_USER.get(1),
                    DOCKER_USER.get(2),
                    direction,
                    SlotPlan.vethPrefix(installation)));
      }
    }
    if (text.isEmpty()) {
      return false;
    }
    // The chain may be removed together with Docker at this moment; then no rule is needed.
    return host.run(Command.of("nft", "-f", "-").withInput(text.toString())).succeeded();
  }

  /** Removes the rules of {@link #admit}; does nothing where there are none. */
  void withdraw() {
    CommandResult listed = dockerUser();
    for (String direction : List.of("iifname", "oifname")) {
      for (String handle : handles(listed.output(), direction)) {
        var command = new ArrayList<>(List.of("nft", "delete", "rule"));
        command.addAll(DOCKER_USER);
        command.addAll(List.of("handle", handle));
        host.run(Command.of(command));
      }
    }
  }

  private CommandResult dockerUser() {
    var command = new ArrayList<>(List.of("nft", "-j", "list", "chain"));
    command.addAll(DOCKER_USER);
    return host.run(Command.of(command));
  }

  /** The handles of Visco's rules for one direction. */
  private List<String> handles(String listed, String direction) {
    var handles = new ArrayList<String>();
    for (JsonNode entry :
        ForeignRules.entries(listed).stream().flatMap(JsonNode::valueStream).toList()) {
      JsonNode rule = entry.path("rule");
      JsonNode match = rule.path("expr").path(0).path("match");
      if (match.path("left").path("meta").path("key").asString("").equals(direction)
          && match.path("right").asString("").equals(SlotPlan.vethPrefix(installation) + "*")) {
        handles.add(rule.path("handle").asString(""));
      }
    }
    return handles;
  }
}

package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.model.SlotIndex;
import dev.visco.wire.Json;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Has all that a slot's guest sends come to a relay, instead of leaving by the host's address
 * ({@link EgressRuleset}). Every call is atomic and safe to repeat.
 */
public final class SlotEgress {
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private final Host host;
  private final Networks networks;

  public SlotEgress(Host host, Networks networks) {
    this.host = host;
    this.networks = networks;
  }

  /** The namespace of a slot, where a relay listens. */
  public String netns(SlotIndex index) {
    return networks.plan(index).netns();
  }

  /** Where a slot's connections come out. */
  public InetSocketAddress connections(SlotIndex index) {
    return at(index, EgressRuleset.TCP_PORT);
  }

  /** Where a slot's name queries come out. */
  public InetSocketAddress queries(SlotIndex index) {
    return at(index, EgressRuleset.UDP_PORT);
  }

  private InetSocketAddress at(SlotIndex index, int port) {
    return new InetSocketAddress(networks.plan(index).guest().gateway().toString(), port);
  }

  /**
   * From now on nothing of the guest leaves its slot but to a relay. Without one that listens
   * nothing leaves at all.
   */
  public void redirect(SlotIndex index) {
    SlotPlan plan = networks.plan(index);
    apply(plan, EgressRuleset.redirect(plan, networks.bounds()));
  }

  /**
   * From now on connections to port 443 come to a relay, and everything else leaves as that of a
   * new slot. Without a relay that listens these connections are reset.
   */
  public void redirectHttps(SlotIndex index) {
    SlotPlan plan = networks.plan(index);
    apply(plan, EgressRuleset.redirectHttps(plan, networks.bounds()));
  }

  /** From now on the guest's traffic leaves as that of a new slot. */
  public void release(SlotIndex index) {
    SlotPlan plan = networks.plan(index);
    apply(plan, EgressRuleset.remove(plan));
  }

  private void apply(SlotPlan plan, String rules) {
    host.check(Command.of("nft", "-f", "-").withInput(rules).inNetns(plan.netns()));
  }

  /** Packets that were refused within an hour; a bounded number of entries. */
  public List<RefusedPackets> refused(SlotIndex index) {
    CommandResult listed =
        host.run(
            Command.of("nft", "-j", "list", "table", "ip", EgressRuleset.TABLE)
                .inNetns(networks.plan(index).netns()));
    return listed.succeeded() ? read(listed.output()) : List.of();
  }

  static List<RefusedPackets> read(String listed) {
    var found = new ArrayList<RefusedPackets>();
    for (JsonNode one : Json.read(listed, JsonNode.class).path("nftables")) {
      for (JsonNode element : one.path("set").path("elem")) {
        JsonNode entry = element.path("elem");
        JsonNode parts = entry.path("val").path("concat");
        if (parts.size() >= 2) {
          found.add(
              new RefusedPackets(
                  parts.path(0).asString(""),
                  parts.path(1).asString(""),
                  parts.path(2).asInt(0),
                  entry.path("counter").path("packets").asLong(0),
                  REMEMBERED.minusSeconds(entry.path("expires").asLong(REMEMBERED.toSeconds()))));
        }
      }
    }
    return found;
  }
}

package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks whether a slot is as {@link Networks#open} made it: links, addresses, routes, neighbours
 * and rules. It runs three processes in parallel, since each create of a VM waits for it.
 */
final class SlotCheck {
  private final Host host;

  SlotCheck(Host host) {
    this.host = host;
  }

  /**
   * The differences from the plan, a sentence each; empty for a slot in order.
   *
   * @param rules the rules that {@link Ruleset#slot} renders for it
   */
  List<String> faults(SlotPlan plan, String rules) {
    String veth = plan.hostVeth();
    Command inside =
        Command.of("ip", "-json", "-batch", "-")
            .withInput("addr show\nroute show\nneigh show\n")
            .inNetns(plan.netns());
    Command outside =
        Command.of("ip", "-json", "-batch", "-")
            .withInput(
                Template.fill(
                    "addr show dev %{veth}\nroute show dev %{veth}\nneigh show dev %{veth}\n",
                    Map.of("veth", veth)));
    Command listing = Command.of("nft", "-s", "list", "ruleset").inNetns(plan.netns());
    // In parallel.
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var insideSeen = CompletableFuture.supplyAsync(() -> documents(inside), threads);
      var outsideSeen = CompletableFuture.supplyAsync(() -> documents(outside), threads);
      var listed = CompletableFuture.supplyAsync(() -> host.run(listing).output(), threads);
      return faults(plan, rules, insideSeen.join(), outsideSeen.join(), listed.join());
    }
  }

  private static List<String> faults(
      SlotPlan plan, String rules, List<JsonNode> inside, List<JsonNode> outside, String listed) {
    if (inside.isEmpty()) {
      return List.of("there is no namespace " + plan.netns());
    }
    var faults = new ArrayList<String>();
    inside(plan, inside, faults);
    if (outside.isEmpty()) {
      faults.add("there is no " + plan.hostVeth());
    } else {
      outside(plan, outside, faults);
    }
    if (!shape(listed).equals(shape(rules))) {
      faults.add("the rules of " + plan.netns() + " are not those that it was given");
    }
    return faults;
  }

  private static void inside(SlotPlan plan, List<JsonNode> seen, List<String> faults) {
    var guest = plan.guest();
    Ipv4 hostSide = SlotPlan.hostSide(plan.pool());
    JsonNode links = seen.get(0);
    link(links, plan.tap(), SlotPlan.TAP_MAC, guest.gateway(), faults);
    link(links, plan.innerVeth(), plan.innerMac(), null, faults);
    for (String name : List.of(plan.tap(), plan.innerVeth())) {
      if (!find(links, "ifname", name).path("qdisc").asString("").equals("tbf")) {
        faults.add(name + " has no bound of bandwidth");
      }
    }
    JsonNode routes = seen.get(1);
    route(routes, guest.address().toString(), plan.tap(), faults);
    route(routes, hostSide.toString(), plan.innerVeth(), faults);
    route(routes, "default", plan.innerVeth(), faults);
    if (!find(routes, "dst", plan.pool().toString())
        .path("type")
        .asString("")
        .equals("unreachable")) {
      faults.add("there is no unreachable route over " + plan.pool());
    }
    neighbour(seen.get(2), guest.address(), guest.mac(), faults);
    neighbour(seen.get(2), hostSide, plan.hostMac(), faults);
  }

  private static void outside(SlotPlan plan, List<JsonNode> seen, List<String> faults) {
    var guest = plan.guest();
    Ipv4 hostSide = SlotPlan.hostSide(plan.pool());
    link(seen.get(0), plan.hostVeth(), plan.hostMac(), hostSide, faults);
    route(seen.get(1), guest.address().toString(), null, faults);
    neighbour(seen.get(2), guest.address(), plan.innerMac(), faults);
  }

  private static void link(
      JsonNode links, String name, MacAddress mac, @Nullable Ipv4 address, List<String> faults) {
    JsonNode link = find(links, "ifname", name);
    if (link.isMissingNode()) {
      faults.add("there is no " + name);
    } else if (!texts(link.path("flags")).contains("UP")) {
      faults.add(name + " is down");
    } else if (!link.path("address").asString("").equals(mac.value())) {
      faults.add(name + " has not the MAC " + mac);
    } else if (address != null
        && find(link.path("addr_info"), "local", address.toString()).isMissingNode()) {
      faults.add(name + " has not the address " + address);
    }
  }

  private static void route(
      JsonNode routes, String to, @Nullable String through, List<String> faults) {
    JsonNode route = find(routes, "dst", to);
    if (route.isMissingNode()
        || (through != null && !route.path("dev").asString("").equals(through))) {
      faults.add("there is no route to " + to + (through == null ? "" : " by " + through));
    }
  }

  private static void neighbour(
      JsonNode neighbours, Ipv4 address, MacAddress mac, List<String> faults) {
    JsonNode neighbour = find(neighbours, "dst", address.toString());
    if (!neighbour.path("lladdr").asString("").equals(mac.value())
        || !texts(neighbour.path("state")).contains("PERMANENT")) {
      faults.add("there is no permanent neighbour " + address + " at " + mac);
    }
  }

  private static JsonNode find(JsonNode all, String field, String value) {
    for (JsonNode each : all) {
      if (each.path(field).asString("").equals(value)) {
        return each;
      }
    }
    return all.path(Integer.MAX_VALUE); // A missing node.
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(each -> texts.add(each.asString("")));
    return texts;
  }

  /** A document for each command of the batch; none when a command failed. */
  private List<JsonNode> documents(Command command) {
    CommandResult result = host.run(command);
    List<JsonNode> documents =
        result
            .output()
            .lines()
            .filter(line -> line.startsWith("["))
            .map(line -> Json.read(line, JsonNode.class))
            .toList();
    return result.succeeded() && documents.size() == 3 ? documents : List.of();
  }

  /**
   * The chains, with their number of rules and whether their policy is drop. The number is compared
   * since nft's versions list the same rules in different words.
   */
  static TreeMap<String, String> shape(String ruleset) {
    var shape = new TreeMap<String, String>();
    String table = "";
    String chain = "";
    int rules = 0;
    boolean drops = false;
    for (String line : ruleset.lines().map(String::strip).toList()) {
      if (line.startsWith("table ")) {
        table = line;
      } else if (line.startsWith("chain ")) {
        chain = line;
        rules = 0;
        drops = false;
      } else if (line.equals("}") && !chain.isEmpty()) {
        shape.put(table + " " + chain, rules + (drops ? " rules, then drop" : " rules"));
        chain = "";
      } else if (line.startsWith("type ")) {
        drops = line.contains("policy drop");
      } else if (!chain.isEmpty() && !line.isEmpty()) {
        rules++;
      }
    }
    return shape;
  }
}

package dev.visco.network;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Evaluates the packet rules of other programs, read from {@code nft -j}, for one packet. A packet
 * passes a hook when each base chain there lets it pass (nft(8)). Visco's own tables are left out.
 */
final class ForeignRules {
  private static final JsonNode NOTHING = Json.read("[]", JsonNode.class);
  private static final Set<String> FAMILIES = Set.of("ip", "inet");

  /** The maximum depth of chains; no real ruleset nests deeper. */
  private static final int MAX_DEPTH = 32;

  /** The full name of a chain. */
  private record ChainName(String family, String table, String chain) {
    static ChainName of(JsonNode node, String name) {
      return new ChainName(
          node.path("family").asString(""),
          node.path("table").asString(""),
          node.path(name).asString(""));
    }

    ChainName beside(String other) {
      return new ChainName(family, table, other);
    }
  }

  /** The result of evaluating a chain. */
  private enum ChainEnd {
    ACCEPT,
    DROP,
    /** The chain's end, or {@code return}. */
    THROUGH
  }

  private final Map<ChainName, JsonNode> bases = new HashMap<>();
  private final List<ChainName> order = new ArrayList<>();
  private final Map<ChainName, List<JsonNode>> rules = new HashMap<>();

  /** Tables whose rules nft could not list. */
  private final Set<ChainName> unreadable = new HashSet<>();

  private ForeignRules() {}

  /**
   * Reads the tables that have a base chain at one of these hooks, each by itself: nft 1.0.6 writes
   * malformed JSON for a table with the flag {@code owner}, which would make the list of all tables
   * unreadable.
   *
   * @param chains the output of {@code nft -j list chains}
   * @param table gives the output of {@code nft -j -t list table} for a family and a name
   */
  static ForeignRules read(String chains, Set<String> hooks, BinaryOperator<String> table) {
    var read = new ForeignRules();
    for (JsonNode entry : entries(chains).orElse(NOTHING)) {
      JsonNode chain = entry.path("chain");
      if (isForeign(chain) && hooks.contains(chain.path("hook").asString(""))) {
        ChainName place = ChainName.of(chain, "name");
        read.order.add(place);
        read.bases.put(place, chain);
      }
    }
    read.order.stream()
        .map(place -> place.beside(""))
        .distinct()
        .forEach(place -> read.addRules(place, table.apply(place.family(), place.table())));
    return read;
  }

  private void addRules(ChainName table, String json) {
    Optional<JsonNode> entries = entries(json);
    if (entries.isEmpty()) {
      unreadable.add(table);
    }
    for (JsonNode entry : entries.orElse(NOTHING)) {
      JsonNode rule = entry.path("rule");
      if (!rule.isMissingNode()) {
        rules
            .computeIfAbsent(ChainName.of(rule, "chain"), place -> new ArrayList<>())
            .add(rule.path("expr"));
      }
    }
  }

  /** The entries of nft's JSON; empty when it is not JSON. */
  static Optional<JsonNode> entries(String json) {
    try {
      return Optional.of(Json.read(json.isBlank() ? "{}" : json, JsonNode.class).path("nftables"));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private static boolean isForeign(JsonNode node) {
    return FAMILIES.contains(node.path("family").asString(""))
        && !node.path("table").asString("").startsWith("visco_");
  }

  /**
   * The first base chain at this hook that certainly drops the packet, else the first one that may
   * drop it; empty when it passes.
   */
  Optional<Obstacle> obstacle(String hook, RulePacket packet) {
    @Nullable Obstacle possible = null;
    for (ChainName place : order) {
      JsonNode chain = bases.get(place);
      if (chain != null && chain.path("hook").asString("").equals(hook)) {
        Optional<Obstacle> found = judge(place, chain, packet);
        if (found.filter(Obstacle::isCertain).isPresent()) {
          return found;
        }
        possible = possible == null ? found.orElse(null) : possible;
      }
    }
    return Optional.ofNullable(possible);
  }

  private Optional<Obstacle> judge(ChainName place, JsonNode base, RulePacket packet) {
    var walk = new Walk(packet);
    ChainEnd end = walk.chain(place, 0);
    boolean drops =
        end == ChainEnd.DROP
            || (end == ChainEnd.THROUGH && base.path("policy").asString("accept").equals("drop"));
    if (!drops && !walk.mayDrop) {
      return Optional.empty();
    }
    String why =
        end == ChainEnd.DROP || !drops ? "a rule of chain " + walk.droppedIn : "policy drop";
    return Optional.of(
        new Obstacle(
            place.family(),
            place.table(),
            place.chain(),
            base.path("hook").asString(""),
            why,
            packet.state().equals("established"),
            drops && !walk.mayAccept));
  }

  /** The evaluation of the rules for one packet. */
  private final class Walk {
    private final RulePacket packet;
    private boolean mayAccept;
    private boolean mayDrop;
    private String droppedIn = "";

    Walk(RulePacket packet) {
      this.packet = packet;
    }

    ChainEnd chain(ChainName place, int depth) {
      if (depth > MAX_DEPTH || unreadable.contains(place.beside(""))) {
        mayAccept = true;
        maybeDrop(place);
        return ChainEnd.THROUGH;
      }
      for (JsonNode expressions : rules.getOrDefault(place, List.of())) {
        @Nullable ChainEnd end = rule(place, expressions, depth);
        if (end != null) {
          return end;
        }
      }
      return ChainEnd.THROUGH;
    }

    /** The result of a rule; null when evaluation continues with the next rule. */
    private @Nullable ChainEnd rule(ChainName place, JsonNode expressions, int depth) {
      boolean isCertain = true;
      boolean isVeiled = false;
      for (JsonNode expression : expressions) {
        if (expression.has("match")) {
          Boolean matches = RuleMatch.of(expression.path("match"), packet);
          if (Boolean.FALSE.equals(matches)) {
            return null;
          }
          isCertain &= matches != null;
        } else if (expression.has("xt")) {
          // Of iptables: a match or, where no verdict follows, a target, but which one is not told.
          isCertain = false;
          isVeiled = true;
        } else {
          JsonNode verdict = expression.has("vmap") ? mapped(expression.path("vmap")) : expression;
          if (verdict == null) {
            mayAccept = true;
            maybeDrop(place);
            return null;
          }
          if (isVerdict(verdict)) {
            return verdict(place, verdict, isCertain, depth);
          }
        }
      }
      if (isVeiled) {
        mayAccept = true;
        maybeDrop(place);
      }
      return null;
    }

    private void maybeDrop(ChainName place) {
      if (!mayDrop) {
        mayDrop = true;
        droppedIn = place.chain();
      }
    }

    private static boolean isVerdict(JsonNode verdict) {
      return Set.of("accept", "drop", "reject", "return", "jump", "goto", "queue").stream()
          .anyMatch(verdict::has);
    }

    private @Nullable ChainEnd verdict(
        ChainName place, JsonNode verdict, boolean isCertain, int depth) {
      if (verdict.has("jump") || verdict.has("goto")) {
        boolean isGoto = verdict.has("goto");
        String target = verdict.path(isGoto ? "goto" : "jump").path("target").asString("");
        ChainEnd end = inner(place.beside(target), isCertain, depth);
        return end == ChainEnd.THROUGH && !(isGoto && isCertain) ? null : end;
      }
      if (verdict.has("drop") || verdict.has("reject")) {
        if (isCertain) {
          droppedIn = place.chain();
          return ChainEnd.DROP;
        }
        maybeDrop(place);
        return null;
      }
      if (verdict.has("accept") || verdict.has("queue")) {
        mayAccept |= !isCertain;
        return isCertain ? ChainEnd.ACCEPT : null;
      }
      // It may return here, so that it is unknown whether the rest is evaluated.
      mayAccept |= !isCertain;
      return isCertain ? ChainEnd.THROUGH : null;
    }

    /** The result of a chain that the packet enters, for certain or possibly. */
    private ChainEnd inner(ChainName place, boolean isCertain, int depth) {
      if (isCertain) {
        return chain(place, depth + 1);
      }
      var inner = new Walk(packet);
      ChainEnd end = inner.chain(place, depth + 1);
      mayAccept |= inner.mayAccept || end == ChainEnd.ACCEPT;
      if (inner.mayDrop || end == ChainEnd.DROP) {
        maybeDrop(place);
      }
      return ChainEnd.THROUGH;
    }

    private @Nullable JsonNode mapped(JsonNode map) {
      for (JsonNode pair : map.path("data").path("set")) {
        Boolean isIn = RuleMatch.isIn(map.path("key"), pair.path(0), packet);
        if (isIn == null) {
          return null;
        }
        if (isIn) {
          return pair.path(1);
        }
      }
      return map.path("data").has("set") ? map.path("no-verdict") : null;
    }
  }
}

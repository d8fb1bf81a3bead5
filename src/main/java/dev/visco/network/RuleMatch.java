package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Evaluates whether an expression of a rule, as {@code nft -j} prints it (libnftables-json(5)),
 * matches a packet. The answer is null when the packet's property or the expression is unknown.
 */
final class RuleMatch {
  private static final Set<String> KNOWN_OPERATORS = Set.of("==", "!=", "in");

  private RuleMatch() {}

  /** Null when nobody can tell. */
  static @Nullable Boolean of(JsonNode match, RulePacket packet) {
    String operator = match.path("op").asString("");
    Boolean isIn = isIn(match.path("left"), match.path("right"), packet);
    if (isIn == null || !KNOWN_OPERATORS.contains(operator)) {
      return null;
    }
    return operator.equals("!=") != isIn;
  }

  /** Null when nobody can tell. */
  static @Nullable Boolean isIn(JsonNode left, JsonNode right, RulePacket packet) {
    JsonNode payload = left.path("payload");
    if (!payload.isMissingNode()) {
      return ofPayload(payload, right, packet);
    }
    JsonNode connection = left.path("ct");
    return connection.isMissingNode()
        ? ofMeta(left.path("meta"), right, packet)
        : switch (connection.path("key").asString("")) {
          case "state" -> hasWord(right, packet.state());
          // Its destination is not translated.
          case "status" -> right.asString("").equals("dnat") ? false : null;
          default -> null;
        };
  }

  private static @Nullable Boolean ofMeta(JsonNode meta, JsonNode right, RulePacket packet) {
    return switch (meta.path("key").asString("")) {
      case "iifname", "iif" -> hasWord(right, packet.in());
      case "oifname", "oif" -> hasWord(right, packet.out());
      case "nfproto" -> hasWord(right, "ipv4");
      case "protocol" -> hasWord(right, "ip");
      case "l4proto" -> hasTransport(right);
      default -> null;
    };
  }

  private static @Nullable Boolean ofPayload(JsonNode payload, JsonNode right, RulePacket packet) {
    return switch (payload.path("protocol").asString("")) {
      case "ip" ->
          switch (payload.path("field").asString("")) {
            case "saddr" -> hasAddress(right, packet.from());
            case "daddr" -> hasAddress(right, packet.to());
            case "protocol" -> hasTransport(right);
            default -> null;
          };
      case "tcp", "udp", "th" -> null;
      // The packet has no headers of other protocols.
      case "ip6", "icmp", "icmpv6", "igmp", "sctp", "dccp", "udplite", "esp", "ah" -> false;
      default -> null;
    };
  }

  /** It is unknown whether the packet is TCP or UDP, but it is one of them. */
  private static @Nullable Boolean hasTransport(JsonNode right) {
    Boolean isTcp = hasWord(right, "tcp");
    Boolean isUdp = hasWord(right, "udp");
    if (isTcp == null || isUdp == null) {
      return null;
    }
    return isTcp.equals(isUdp) ? isTcp : null;
  }

  private static List<JsonNode> elements(JsonNode right) {
    JsonNode set = right.has("set") ? right.path("set") : right;
    return set.isArray() ? set.valueStream().toList() : List.of(set);
  }

  /**
   * A trailing {@code *} matches any ending; the contents of a named set ({@code @name}) are
   * unknown.
   */
  private static @Nullable Boolean hasWord(JsonNode right, String word) {
    boolean isKnown = true;
    for (JsonNode element : elements(right)) {
      String text = element.isString() ? element.asString() : "@";
      if (text.equals(word)
          || (text.endsWith("*") && word.startsWith(text.substring(0, text.length() - 1)))) {
        return true;
      }
      isKnown &= !text.startsWith("@");
    }
    return isKnown ? false : null;
  }

  private static @Nullable Boolean hasAddress(JsonNode right, Ipv4 address) {
    boolean isKnown = true;
    for (JsonNode element : elements(right)) {
      Boolean has = covers(element, address);
      if (has == null) {
        isKnown = false;
      } else if (has) {
        return true;
      }
    }
    return isKnown ? false : null;
  }

  private static @Nullable Boolean covers(JsonNode element, Ipv4 address) {
    try {
      if (element.isString()) {
        return Ipv4.of("address", element.asString()).equals(address);
      }
      if (element.has("prefix")) {
        JsonNode prefix = element.path("prefix");
        Ipv4 first = Ipv4.of("address", prefix.path("addr").asString(""));
        return new Cidr(first, prefix.path("len").asInt(-1)).contains(address);
      }
      if (element.has("range")) {
        Ipv4 from = Ipv4.of("address", element.path("range").path(0).asString(""));
        Ipv4 to = Ipv4.of("address", element.path("range").path(1).asString(""));
        return from.compareTo(address) <= 0 && address.compareTo(to) <= 0;
      }
      return null;
    } catch (Refused e) {
      return null; // A named set, or an unknown expression.
    }
  }
}

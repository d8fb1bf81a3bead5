package dev.visco.app.doctor;

import dev.visco.model.Cidr;
import dev.visco.model.Refused;
import dev.visco.network.Uplink;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Forwarding, firewalls, routes over the pool, and names. */
final class NetworkChecks {
  /** A link of Visco's own. */
  private static final Pattern OWN_LINK = Pattern.compile("v[0-9a-f]{4}h\\d{1,5}");

  /** The metric of the route that keeps a pool's unused addresses in. */
  private static final String LAST_METRIC = "4294967295";

  private static final Pattern DESTINATION =
      Pattern.compile("^(?:[a-z]++ )?(\\d{1,3}(?:\\.\\d{1,3}){3}(?:/(\\d{1,2}))?)(?: .*)?$");

  /** VPNs cover the default route by parts of it, which are no networks. */
  private static final int MIN_PREFIX = 8;

  private NetworkChecks() {}

  static List<Finding> of(HostFacts facts) {
    HostFacts.Network network = facts.network();
    return List.of(forwarding(network), firewall(network), routes(network), names(network));
  }

  private static Finding forwarding(HostFacts.Network network) {
    return Finding.ok(
        "forwarding",
        network.isForwarding()
            ? "IPv4 is forwarded"
            : "IPv4 is not forwarded yet; the daemon turns it on while there are VMs");
  }

  private static Finding firewall(HostFacts.Network network) {
    String why = "What guests send, or the answers to it, may be dropped here.";
    if (network.isFirewalld()) {
      return Finding.warning(
          "firewall",
          "firewalld runs",
          why,
          "firewall-cmd --permanent --zone=trusted --add-source="
              + network.pool()
              + " && firewall-cmd --reload");
    } else if (network.isUfw()) {
      return Finding.warning(
          "firewall", "ufw is enabled", why, "ufw route allow from " + network.pool());
    } else if (network.chains() == null) {
      return Finding.unknown("firewall", "nft could not be asked", "sudo visco doctor");
    }
    List<String> dropping = dropping(network.chains());
    if (dropping.isEmpty()) {
      return Finding.ok("firewall", "no chain drops what it does not know");
    }
    boolean isDockers = network.chains().contains("\"DOCKER-USER\"");
    return isDockers
        ? Finding.ok(
            "firewall", "Docker's drops, and the daemon adds guests to its chain DOCKER-USER")
        : Finding.warning(
            "firewall",
            "policy drop in " + String.join(", ", dropping),
            why,
            "nft list chain " + dropping.getFirst() + " # and accept " + network.pool() + " there");
  }

  /** Base chains of others that forward nothing which no rule accepts. */
  private static List<String> dropping(String chains) {
    var found = new ArrayList<String>();
    try {
      for (JsonNode entry : Json.read(chains, JsonNode.class).path("nftables")) {
        JsonNode chain = entry.path("chain");
        if (chain.path("hook").asString("").equals("forward")
            && chain.path("policy").asString("").equals("drop")
            && !chain.path("table").asString("").startsWith("visco")) {
          found.add(
              chain.path("family").asString("")
                  + " "
                  + chain.path("table").asString("")
                  + " "
                  + chain.path("name").asString(""));
        }
      }
    } catch (JacksonException e) {
      return List.of(); // There are no chains at all.
    }
    return found;
  }

  private static Finding routes(HostFacts.Network network) {
    if (network.routes() == null) {
      return Finding.unknown("routes", "ip could not be asked", "apt-get install iproute2");
    }
    for (String line : network.routes().lines().map(String::strip).toList()) {
      if (!isOwn(line) && destination(line).filter(network.pool()::overlaps).isPresent()) {
        return Finding.problem(
            "routes",
            "\"" + line + "\" overlaps the guests' range " + network.pool(),
            "Packets for guests would leave by that route, as with a VPN or another bridge.",
            "Set network.pool in /etc/visco/visco.toml to a range that this host does not use.");
      }
    }
    return Finding.ok("routes", "none overlaps the guests' range " + network.pool());
  }

  private static boolean isOwn(String line) {
    List<String> words = List.of(line.split(" +"));
    int device = words.indexOf("dev") + 1;
    boolean isOwnLink =
        device > 0 && device < words.size() && OWN_LINK.matcher(words.get(device)).matches();
    return isOwnLink || (words.getFirst().equals("unreachable") && words.contains(LAST_METRIC));
  }

  private static Optional<Cidr> destination(String line) {
    Matcher found = DESTINATION.matcher(line);
    if (!found.matches()) {
      return Optional.empty();
    }
    String prefix = found.group(2);
    if (prefix == null) {
      return Optional.of(Cidr.of("route", found.group(1) + "/32"));
    }
    return Integer.parseInt(prefix) < MIN_PREFIX
        ? Optional.empty()
        : Optional.of(Cidr.of("route", found.group(1)));
  }

  private static Finding names(HostFacts.Network network) {
    if (network.nameserver() != null) {
      return Finding.ok("names", "guests ask " + network.nameserver() + ", as it was set");
    }
    try {
      return Finding.ok("names", "guests ask " + Uplink.detect(network.resolvConfs()).nameserver());
    } catch (Refused e) {
      boolean hasSix =
          network.resolvConfs().stream()
              .anyMatch(text -> text.matches("(?s).*nameserver +\\S*:.*"));
      return Finding.problem(
          "names",
          hasSix
              ? "the host's nameservers have IPv6 addresses only"
              : "the host's nameserver is on its loopback, or there is none",
          "Guests cannot reach it, and would resolve no names.",
          "Set network.nameserver in /etc/visco/visco.toml, like 9.9.9.9.");
    }
  }
}

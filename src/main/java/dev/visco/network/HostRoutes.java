package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The host's IPv4 routes, as {@code ip -4 route show table all} prints them: one a line, its
 * destination first, after the type unless that is unicast (ip-route(8)).
 */
record HostRoutes(String text) {
  private static final Pattern DESTINATION =
      Pattern.compile("(\\d+\\.\\d+\\.\\d+\\.\\d+)(?:/(\\d+))?");

  /**
   * Refuses a pool that overlaps a route of somebody else.
   *
   * @param isOpen whether this installation's side of the host stands already, and with it its own
   *     unreachable route over the pool
   */
  void refuseOverlap(Cidr pool, InstallationId installation, boolean isOpen) {
    for (String line : text.lines().map(String::strip).toList()) {
      boolean ours =
          line.contains(" dev " + SlotPlan.vethPrefix(installation))
              || (isOpen && line.startsWith("unreachable " + pool + " "));
      if (!ours && destination(line).filter(pool::overlaps).isPresent()) {
        throw Refused.invalid(
            "network.pool",
            pool.toString(),
            "overlaps the host's route \"" + line + "\"",
            "Set network.pool (VISCO_POOL) to a range that this host does not use.");
      }
    }
  }

  /**
   * Empty for a default route, which overlaps everything and hinders nothing, and its next hops.
   */
  private static Optional<Cidr> destination(String line) {
    List<String> words = List.of(line.split("\\s+", -1));
    // The first word or, behind a type like "local", the second; others are gateways and sources.
    for (String word : words.subList(0, Math.min(2, words.size()))) {
      var network = DESTINATION.matcher(word);
      if (network.matches()) {
        return Optional.of(Cidr.of("route", network.group(2) == null ? word + "/32" : word));
      }
    }
    return Optional.empty();
  }
}

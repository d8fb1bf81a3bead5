package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The host's IPv4 routes, as {@code ip -4 route show table all} prints them: one per line, which
 * begins with the destination or, unless that is unicast, with the type (ip-route(8)).
 */
record HostRouteTable(String text) {
  private static final Pattern DESTINATION =
      Pattern.compile("(\\d+\\.\\d+\\.\\d+\\.\\d+)(?:/(\\d+))?");

  /**
   * The metric of the unreachable route over a pool: the largest possible, so the least preferred.
   */
  static final String METRIC = "4294967295";

  /**
   * A route with a shorter prefix is not a network but part of a default route: VPNs cover the
   * default route by two halves or more parts instead of replacing it (OpenVPN's manual, {@code
   * redirect-gateway def1}).
   */
  private static final int MIN_PREFIX = 8;

  /**
   * Refuses a pool that overlaps another program's route. An unreachable route over exactly this
   * pool with Visco's metric counts as this installation's, even if the rules that were made with
   * it are gone, unless another installation's rules contain the pool.
   *
   * @param others the tables of other installations of Visco, as nft(8) lists them
   */
  void refuseOverlap(Cidr pool, InstallationId installation, String others) {
    boolean isOthers = others.contains(pool.toString());
    String unreachable = "unreachable " + pool + " metric " + METRIC;
    for (String line : text.lines().map(String::strip).toList()) {
      boolean ours =
          line.contains(" dev " + SlotPlan.vethPrefix(installation))
              || (!isOthers && (line + " ").startsWith(unreachable + " "));
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
   * A route's destination; empty for a default route, a part of one, or a next hop, none of which
   * conflicts with a pool.
   */
  private static Optional<Cidr> destination(String line) {
    List<String> words = List.of(line.split("\\s+", -1));
    // The first word or, after a type like "local", the second; other words are gateways and
    // sources.
    for (String word : words.subList(0, Math.min(2, words.size()))) {
      var network = DESTINATION.matcher(word);
      if (network.matches()) {
        String prefix = network.group(2);
        boolean isUnicast = word.equals(words.getFirst());
        return isUnicast && prefix != null && Integer.parseInt(prefix) < MIN_PREFIX
            ? Optional.empty()
            : Optional.of(Cidr.of("route", prefix == null ? word + "/32" : word));
      }
    }
    return Optional.empty();
  }
}

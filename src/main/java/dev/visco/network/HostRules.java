package dev.visco.network;

import java.util.List;

/**
 * The effect of the host's packet rules and routes on guests.
 *
 * @param isOwnThere whether Visco's own table exists
 * @param hasRoute whether the host has a route to the guests' nameserver
 * @param obstacles rules of other programs that drop guests' packets or the answers, or may do so
 * @param veths the beginning of the names of this installation's links, like {@code v1a2bh}
 * @param pool the guests' addresses
 */
public record HostRules(
    boolean isOwnThere, boolean hasRoute, List<Obstacle> obstacles, String veths, String pool) {
  public HostRules {
    obstacles = List.copyOf(obstacles);
  }
}

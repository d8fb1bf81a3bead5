package dev.visco.network;

import java.util.List;

/**
 * What the host's packet rules and routes are to a guest.
 *
 * @param isOwnThere whether Visco's own table is there
 * @param hasRoute whether the host has a route to the guests' nameserver
 * @param obstacles rules of other programs that drop what guests send or are answered, or may
 * @param veths how the links of this installation's slots begin, like {@code v1a2bh}
 * @param pool the guests' addresses
 */
public record HostRules(
    boolean isOwnThere, boolean hasRoute, List<Obstacle> obstacles, String veths, String pool) {
  public HostRules {
    obstacles = List.copyOf(obstacles);
  }
}

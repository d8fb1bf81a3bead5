package dev.visco.network;

import java.util.List;

/**
 * What the host's packet rules are to a guest.
 *
 * @param isOwnThere whether Visco's own table is there
 * @param droppers chains of others that drop what they are not told to let through, of what the
 *     host forwards: {@code ip filter FORWARD}
 * @param hasDockerUser whether Docker's chain for the host's own rules is there
 * @param veths how the links of this installation's slots are called, like {@code v1a2bh*}
 * @param pool the guests' addresses
 */
public record HostRules(
    boolean isOwnThere, List<String> droppers, boolean hasDockerUser, String veths, String pool) {
  public HostRules {
    droppers = List.copyOf(droppers);
  }
}

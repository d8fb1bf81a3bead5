package dev.visco.network;

import dev.visco.model.MacAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a guest answers from outside.
 *
 * @param arp the MAC address that answers a request for its address by ARP without a sender's
 *     address (RFC 5227), which a guest answers even if it has no route back
 * @param hasEcho whether it answers an ICMP echo
 * @param open the TCP ports that accept a connection, in order; at most {@link
 *     GuestScanner#MAX_OPEN}
 * @param ssh those of them at which an SSH server speaks
 * @param closed how many ports its kernel refuses
 * @param rejected how many it rejects otherwise, as a firewall does
 * @param silent how many do not answer
 */
public record GuestScan(
    Optional<MacAddress> arp,
    boolean hasEcho,
    List<Integer> open,
    List<Integer> ssh,
    int closed,
    int rejected,
    int silent) {
  public GuestScan {
    open = List.copyOf(open);
    ssh = List.copyOf(ssh);
  }
}

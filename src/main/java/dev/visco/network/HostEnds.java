package dev.visco.network;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The host's ends of slots at one moment, read from {@code /proc/net} (proc_net(5)) without
 * starting a process.
 */
final class HostEnds {
  private static final Path LINKS = Path.of("/proc/net/dev");
  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final Path NEIGHBOURS = Path.of("/proc/net/arp");
  private static final String HOST_MASK = "FFFFFFFF";
  private static final String ROUTE_IS_UP = "0005"; // RTF_UP and RTF_HOST of linux/route.h
  private static final String PERMANENT = "0x6"; // ATF_COM and ATF_PERM of linux/if_arp.h

  private final List<String> links;
  private final List<String> routes;
  private final List<String> neighbours;

  private HostEnds(List<String> links, List<String> routes, List<String> neighbours) {
    this.links = links;
    this.routes = routes;
    this.neighbours = neighbours;
  }

  static HostEnds read() {
    try {
      return new HostEnds(
          Files.readAllLines(LINKS), Files.readAllLines(ROUTES), Files.readAllLines(NEIGHBOURS));
    } catch (IOException e) {
      throw new HostFault("cannot read the host's routes: " + e.getMessage(), e);
    }
  }

  /** The state of a slot's end. */
  enum EndState {
    /** It is as Visco made it. */
    WHOLE,
    /** The link exists, but it is down, or its address, route or neighbour is missing. */
    DAMAGED,
    /** The link does not exist. */
    GONE
  }

  EndState state(SlotPlan plan) {
    try {
      if (links.stream().noneMatch(line -> line.strip().startsWith(plan.hostVeth() + ":"))) {
        return EndState.GONE;
      }
      NetworkInterface link = NetworkInterface.getByName(plan.hostVeth());
      if (link == null) {
        return EndState.DAMAGED; // Java does not list a link without an address.
      }
      String host = SlotPlan.hostSide(plan.pool()).toString();
      boolean hasAddress =
          link.inetAddresses().anyMatch(address -> address.getHostAddress().equals(host));
      return link.isUp() && hasAddress && hasRoute(plan) && hasNeighbour(plan)
          ? EndState.WHOLE
          : EndState.DAMAGED;
    } catch (SocketException e) {
      return EndState.GONE; // It was removed between the two calls.
    }
  }

  /** Columns: link, destination in the processor's byte order, gateway, flags … mask. */
  private boolean hasRoute(SlotPlan plan) {
    String destination = "%08X".formatted(Integer.reverseBytes(plan.guest().address().bits()));
    return routes.stream()
        .map(line -> line.split("\\s+", -1))
        .anyMatch(words ->
            words.length > 7
                && words[0].equals(plan.hostVeth())
                && words[1].equals(destination)
                && words[3].equals(ROUTE_IS_UP)
                && words[7].equals(HOST_MASK));
  }

  /** Columns: address, hardware type, flags, hardware address, mask, link. */
  private boolean hasNeighbour(SlotPlan plan) {
    String address = plan.guest().address().toString();
    return neighbours.stream()
        .map(line -> line.split("\\s+", -1))
        .anyMatch(words ->
            words.length > 5
                && words[0].equals(address)
                && words[2].equals(PERMANENT)
                && words[3].equalsIgnoreCase(plan.innerMac().value())
                && words[5].equals(plan.hostVeth()));
  }
}

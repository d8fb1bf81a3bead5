package dev.visco.network;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  private final Set<String> links;
  private final Map<String, NetworkInterface> interfaces;
  private final Set<String> routes;
  private final Set<String> neighbours;

  private HostEnds(
      Set<String> links,
      Map<String, NetworkInterface> interfaces,
      Set<String> routes,
      Set<String> neighbours) {
    this.links = links;
    this.interfaces = interfaces;
    this.routes = routes;
    this.neighbours = neighbours;
  }

  /** Reads each file and lists the interfaces once, however many slots are looked at then. */
  static HostEnds read() {
    try (Stream<String> links = Files.lines(LINKS);
        Stream<String> routes = Files.lines(ROUTES);
        Stream<String> neighbours = Files.lines(NEIGHBOURS)) {
      return new HostEnds(
          links.map(line -> line.strip().split(":", 2)[0]).collect(Collectors.toSet()),
          NetworkInterface.networkInterfaces()
              .collect(Collectors.toMap(NetworkInterface::getName, one -> one, (one, two) -> one)),
          routes.flatMap(HostEnds::route).collect(Collectors.toSet()),
          neighbours.flatMap(HostEnds::neighbour).collect(Collectors.toSet()));
    } catch (IOException | UncheckedIOException e) {
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
      if (!links.contains(plan.hostVeth())) {
        return EndState.GONE;
      }
      NetworkInterface link = interfaces.get(plan.hostVeth());
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

  private boolean hasRoute(SlotPlan plan) {
    String destination = "%08X".formatted(Integer.reverseBytes(plan.guest().address().bits()));
    return routes.contains(plan.hostVeth() + " " + destination);
  }

  /**
   * Link and destination of a host's route that is up. Columns: link, destination in the
   * processor's byte order, gateway, flags … mask.
   */
  private static Stream<String> route(String line) {
    String[] words = line.split("\\s+", -1);
    return words.length > 7 && words[3].equals(ROUTE_IS_UP) && words[7].equals(HOST_MASK)
        ? Stream.of(words[0] + " " + words[1])
        : Stream.empty();
  }

  private boolean hasNeighbour(SlotPlan plan) {
    return neighbours.contains(
        plan.hostVeth() + " " + plan.guest().address() + " " + plan.innerMac().value());
  }

  /**
   * Link, address and hardware address of a permanent neighbour. Columns: address, hardware type,
   * flags, hardware address, mask, link.
   */
  private static Stream<String> neighbour(String line) {
    String[] words = line.split("\\s+", -1);
    return words.length > 5 && words[2].equals(PERMANENT)
        ? Stream.of(words[5] + " " + words[0] + " " + words[3].toLowerCase(Locale.ROOT))
        : Stream.empty();
  }
}

package dev.visco.relay;

import dev.visco.model.Cidr;
import dev.visco.model.Ipv4;
import dev.visco.model.PrivateNetworks;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Addresses that the daemon never connects to for a guest: it would reach there what the guest
 * itself cannot.
 */
public final class AddressGuard {
  /** The rule that refuses {@link PrivateNetworks}, the guests' own, and made-up addresses. */
  static final String PRIVATE = "private-address";

  /** The rule that refuses the host's own addresses. */
  static final String HOST = "host-address";

  private final Supplier<List<Cidr>> pools;
  private final List<Cidr> proxies;

  /**
   * @param pools the guests' addresses
   * @param proxies networks in which upstream proxies may be, private or not
   */
  public AddressGuard(Supplier<List<Cidr>> pools, List<Cidr> proxies) {
    this.pools = pools;
    this.proxies = List.copyOf(proxies);
  }

  /** The rule against a destination. */
  Optional<String> againstDestination(Ipv4 address) {
    if (PrivateNetworks.contain(address)
        || SyntheticAddresses.NETWORK.contains(address)
        || pools.get().stream().anyMatch(pool -> pool.contains(address))) {
      return Optional.of(PRIVATE);
    }
    return isHosts(address) ? Optional.of(HOST) : Optional.empty();
  }

  /** The rule against an upstream proxy at this address. */
  public Optional<String> againstProxy(Ipv4 address) {
    return proxies.stream().anyMatch(network -> network.contains(address))
        ? Optional.empty()
        : againstDestination(address);
  }

  /** Whether the host has this address itself. */
  public static boolean isHosts(Ipv4 address) {
    try {
      return NetworkInterface.getByInetAddress(inet(address)) != null;
    } catch (SocketException e) {
      return true; // Nothing is connected to that is not known to be elsewhere.
    }
  }

  static InetAddress inet(Ipv4 address) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(address.bits()).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}

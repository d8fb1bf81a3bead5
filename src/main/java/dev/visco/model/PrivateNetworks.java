package dev.visco.model;

import java.util.List;

/**
 * Networks that no guest may reach: private, shared, link-local (including the metadata address),
 * loopback, multicast, reserved (RFC 6890).
 */
public final class PrivateNetworks {
  public static final List<Cidr> ALL =
      List.of(
          network("0.0.0.0/8"),
          network("10.0.0.0/8"),
          network("100.64.0.0/10"),
          network("127.0.0.0/8"),
          network("169.254.0.0/16"),
          network("172.16.0.0/12"),
          network("192.168.0.0/16"),
          network("224.0.0.0/3"));

  private PrivateNetworks() {}

  private static Cidr network(String text) {
    return Cidr.of("network", text);
  }

  /** Whether an address lies in one of them. */
  public static boolean contain(Ipv4 address) {
    return ALL.stream().anyMatch(network -> network.contains(address));
  }
}

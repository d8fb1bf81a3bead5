package dev.visco.relay;

import dev.visco.model.Cidr;
import dev.visco.model.Ipv4;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Addresses that a guest is told instead of a name's own, so that no name is asked for outside
 * before a connection is made, and each connection tells its name. They lie in the network for
 * benchmarks (RFC 2544), which no router of the Internet has.
 */
final class SyntheticAddresses {
  /** How long a guest may remember one, in seconds. */
  static final int SECONDS = 60;

  static final Cidr NETWORK = Cidr.of("network", "198.18.0.0/15");

  /** Names of one guest that are remembered; the one that was asked for longest ago goes first. */
  private static final int MAX = 4096;

  private static final int ADDRESSES = (int) NETWORK.size() - 2;

  private final Map<String, Ipv4> byName =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ipv4> eldest) {
          if (size() > MAX) {
            byAddress.remove(eldest.getValue());
            return true;
          }
          return false;
        }
      };
  private final Map<Ipv4, String> byAddress = new LinkedHashMap<>();
  private int next;

  /** The address of a name. */
  synchronized Ipv4 of(String name) {
    Ipv4 known = byName.get(name);
    if (known != null) {
      return known;
    }
    Ipv4 address = free();
    byAddress.put(address, name);
    byName.put(name, address);
    return address;
  }

  /** There are far more addresses than names, so that one is used again after a long time only. */
  private Ipv4 free() {
    Ipv4 address;
    do {
      address = NETWORK.first().plus(1 + next);
      next = (next + 1) % ADDRESSES;
    } while (byAddress.containsKey(address));
    return address;
  }

  /** The name of an address; empty when no name has it any more. */
  synchronized Optional<String> name(Ipv4 address) {
    return Optional.ofNullable(byAddress.get(address));
  }
}

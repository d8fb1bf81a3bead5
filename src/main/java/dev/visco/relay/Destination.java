package dev.visco.relay;

import dev.visco.model.Ipv4;
import org.jspecify.annotations.Nullable;

/**
 * Where a guest's connection goes.
 *
 * @param name in lower case; null for one by address
 * @param address of one by address; null for one by name
 * @param port 1 to 65535
 */
record Destination(@Nullable String name, @Nullable Ipv4 address, int port) {
  Destination {
    if ((name == null) == (address == null)) {
      throw new IllegalArgumentException("by name or by address");
    }
  }

  /** A name, or an address that is written as one. */
  static Destination of(String host, int port) {
    return Peek.literal(host)
        .map(address -> new Destination(null, address, port))
        .orElseGet(() -> new Destination(host, null, port));
  }

  String host() {
    return name != null ? name : String.valueOf(address);
  }
}

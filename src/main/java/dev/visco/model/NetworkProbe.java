package dev.visco.model;

import java.util.regex.Pattern;

/** What each new VM must reach before it is called ready: {@code network.probe}. */
public sealed interface NetworkProbe {
  /** The guests' nameserver, which must answer a query. */
  record Nameserver() implements NetworkProbe {}

  /**
   * A TCP port, which must accept a connection.
   *
   * @param host an IPv4 address, or a name that the guest resolves
   */
  record Endpoint(String host, int port) implements NetworkProbe {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Nothing: for hosts whose VMs have, or need, no way out. */
  record None() implements NetworkProbe {}

  Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

  /** Parses the setting: {@code nameserver}, {@code none}, or HOST:PORT. */
  static NetworkProbe of(String field, String text) {
    return switch (text) {
      case "nameserver" -> new Nameserver();
      case "none" -> new None();
      default -> endpoint(field, text);
    };
  }

  private static Endpoint endpoint(String field, String text) {
    int colon = text.lastIndexOf(':');
    if (colon > 0 && HOST.matcher(text.substring(0, colon)).matches()) {
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port >= 1 && port <= 65_535) {
          return new Endpoint(text.substring(0, colon), port);
        }
      } catch (NumberFormatException e) {
        // Refused below, like any other text that is not a port.
      }
    }
    throw Refused.invalid(
        field,
        text,
        "is no place that a guest could be asked to reach",
        "Give HOST:PORT, like 198.51.100.7:443, or nameserver, or none.");
  }
}

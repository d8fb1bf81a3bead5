package dev.visco.model;

/**
 * The network limits of each guest, the same for all VM types.
 *
 * @param connections maximum of open connections, counted in the guest's namespace and on the host;
 *     64 to 65,536
 * @param newConnections maximum of new connections per second, after a burst of four seconds'
 *     worth; 1 to 100,000
 * @param queries maximum of packets per second to the nameserver, after a burst of three seconds'
 *     worth; 1 to 100,000
 */
public record NetworkBounds(int connections, int newConnections, int queries) {
  /** The defaults. */
  public static final NetworkBounds STANDARD = new NetworkBounds(1024, 100, 100);

  public NetworkBounds {
    check("network.connections", connections, 64, 65_536);
    check("network.new-connections", newConnections, 1, 100_000);
    check("network.queries", queries, 1, 100_000);
  }

  private static void check(String setting, int value, int min, int max) {
    if (value < min || value > max) {
      throw Refused.invalid(
          setting,
          Integer.toString(value),
          "is out of range",
          "Give a whole number from " + min + " to " + max + ".");
    }
  }
}

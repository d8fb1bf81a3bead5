package dev.visco.model;

/**
 * How much of the host's network each guest may have, whatever the type of its VM.
 *
 * @param connections most that it holds at a time, counted in its namespace and on the host; 64 to
 *     65,536
 * @param newConnections most that it opens a second, after a burst of as many as in four; 1 to
 *     100,000
 * @param queries most packets a second to the nameserver, after a burst of as many as in three; 1
 *     to 100,000
 */
public record NetworkBounds(int connections, int newConnections, int queries) {
  /** What holds when nobody sets anything. */
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

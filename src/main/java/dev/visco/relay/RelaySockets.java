package dev.visco.relay;

import dev.visco.host.ConnectionTracking;
import dev.visco.host.NamespaceSockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Where a guest's traffic arrives.
 *
 * @param gateway the guest's gateway and nameserver, to which its connections are redirected
 * @param connections TCP connections to anywhere
 * @param queries name queries by UDP
 * @param original where a connection went, by its local and its other end; empty when unknown
 * @param more closed with them
 */
public record RelaySockets(
    InetSocketAddress gateway,
    ServerSocketChannel connections,
    DatagramChannel queries,
    BiFunction<InetSocketAddress, InetSocketAddress, Optional<InetSocketAddress>> original,
    AutoCloseable more)
    implements AutoCloseable {
  private static final int BACKLOG = 64;

  /**
   * Opens them in a slot's namespace.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param tcp where connections are redirected to
   * @param udp where name queries are redirected to
   */
  public static RelaySockets in(String netns, InetSocketAddress tcp, InetSocketAddress udp) {
    ConnectionTracking tracking = ConnectionTracking.in(netns);
    ServerSocketChannel connections = null;
    try {
      connections = NamespaceSockets.listen(netns, tcp, BACKLOG);
      DatagramChannel queries = NamespaceSockets.datagrams(netns, udp);
      return new RelaySockets(tcp, connections, queries, tracking::original, tracking);
    } catch (RuntimeException e) {
      tracking.close();
      if (connections != null) {
        close(connections);
      }
      throw e;
    }
  }

  private static void close(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      // Nothing more can be done with it.
    }
  }

  @Override
  public void close() {
    try (connections;
        queries) {
      close(more);
    } catch (IOException e) {
      // Nothing more can be done with them.
    }
  }
}

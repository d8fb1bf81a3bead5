package dev.visco.host;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;

/**
 * Sockets in another network namespace. A socket stays in the namespace of the thread that has made
 * it (network_namespaces(7)), and keeps that namespace alive until it is closed.
 */
public final class NamespaceSockets {
  private NamespaceSockets() {}

  /**
   * A socket that listens for TCP connections.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param backlog connections that may wait
   * @throws HostFault when there is no such namespace, or the address is taken
   */
  public static ServerSocketChannel listen(String netns, InetSocketAddress at, int backlog) {
    return NamespaceThread.run(
        netns,
        "listen at " + at.getPort(),
        arena -> {
          var channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
          try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return channel.bind(at, backlog);
          } catch (Exception e) {
            channel.close();
            throw e;
          }
        });
  }

  /**
   * A socket for datagrams.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace, or the address is taken
   */
  public static DatagramChannel datagrams(String netns, InetSocketAddress at) {
    return NamespaceThread.run(
        netns,
        "take datagrams at " + at.getPort(),
        arena -> {
          var channel = DatagramChannel.open(StandardProtocolFamily.INET);
          try {
            return channel.bind(at);
          } catch (Exception e) {
            channel.close();
            throw e;
          }
        });
  }

  /**
   * A TCP connection.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param reach time limit for the connection
   * @throws HostFault when there is no such namespace, or nobody answers there
   */
  public static Socket connect(String netns, InetSocketAddress to, Duration reach) {
    return NamespaceThread.run(
        netns,
        "connect to port " + to.getPort() + " of " + to.getHostString(),
        arena -> {
          var socket = new Socket();
          try {
            socket.setTcpNoDelay(true);
            socket.connect(to, Math.clamp(reach.toMillis(), 1, Integer.MAX_VALUE));
            return socket;
          } catch (Exception e) {
            socket.close();
            throw e;
          }
        });
  }
}

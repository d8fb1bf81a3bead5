package dev.visco.api.http;

import dev.visco.metrics.Metric;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * The API's connections: their maximum number, in total and per peer, and time limits for clients
 * that have shown no token. So a client without a token can neither hold a connection for long nor
 * keep out those that have one.
 */
public final class ApiConnector extends ServerConnector implements Metric.MetricSource {
  /** Keep-alive probes: a peer that vanished is noticed about a minute after its last packet. */
  private static final int KEEP_ALIVE_SECONDS = 15;

  private static final int KEEP_ALIVE_TRIES = 3;

  /**
   * Limits of connections.
   *
   * @param connections at a time
   * @param perPeer of them from one address (IPv6: one /64; all of loopback is one)
   * @param head from a connection's opening, or its last answer, to the end of the next request's
   *     head
   * @param body for a request's body to come
   * @param answer for an answer to be taken by somebody who has shown no token
   * @param streams at a time
   */
  public record ConnectionLimits(
      int connections, int perPeer, Duration head, Duration body, Duration answer, int streams) {
    public static ConnectionLimits of(int connections, int streams) {
      int bounded = (int) Math.min(connections, Math.max(16, descriptors() / 4));
      return new ConnectionLimits(
          bounded,
          Math.max(1, bounded / 2),
          Duration.ofSeconds(30),
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          streams);
    }

    /** A connection's stream needs one or two more, and VMs theirs. */
    private static long descriptors() {
      return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
              instanceof com.sun.management.UnixOperatingSystemMXBean unix
          ? unix.getMaxFileDescriptorCount()
          : Long.MAX_VALUE;
    }
  }

  /** What a connection is doing. */
  public enum ConnectionStage {
    /** Waiting for the head of the next request. */
    HEAD,
    /** A request's body is being read. */
    BODY,
    /** Answering a client that has shown no token. */
    ANSWER,
    /** Answering a client that has shown a token; no time limit. */
    KNOWN
  }

  /** Why a connection was closed. */
  private enum Reason {
    SLOW,
    FULL,
    PEER
  }

  /** A connection. */
  public static final class ClientConnection {
    private final EndPoint endPoint;
    private final String peer;
    private ConnectionStage stage = ConnectionStage.HEAD;
    private long since = System.nanoTime();
    private boolean isKnown;

    private ClientConnection(EndPoint endPoint) {
      this.endPoint = endPoint;
      this.peer = peer(endPoint.getRemoteSocketAddress());
    }

    /** Sets the stage, and starts its time limit. */
    public synchronized void enter(ConnectionStage next) {
      stage = next;
      since = System.nanoTime();
      isKnown |= next == ConnectionStage.KNOWN;
    }

    public synchronized ConnectionStage stage() {
      return stage;
    }

    private synchronized boolean isOver(ConnectionLimits limits, long now) {
      return switch (stage) {
        case HEAD -> now - since > limits.head().toNanos();
        case BODY -> now - since > limits.body().toNanos();
        case ANSWER -> now - since > limits.answer().toNanos();
        case KNOWN -> false;
      };
    }

    /**
     * Order in which connections are closed: first those that never showed a token, then idle ones.
     */
    private synchronized int rank() {
      return !isKnown ? 0 : stage == ConnectionStage.HEAD ? 1 : 2;
    }

    private synchronized long since() {
      return since;
    }
  }

  private final ConnectionLimits limits;
  private final Streams streams;
  private final Map<EndPoint, ClientConnection> entries = new ConcurrentHashMap<>();
  private final Map<Reason, Long> closed = new EnumMap<>(Reason.class);
  private @Nullable Thread sweeper;

  /**
   * @param protocols that it speaks, those around others first
   */
  public ApiConnector(
      Server server, List<? extends ConnectionFactory> protocols, ConnectionLimits limits) {
    super(server, 1, 1, protocols.toArray(ConnectionFactory[]::new));
    this.limits = limits;
    this.streams = new Streams(limits.streams());
  }

  /** The connector that a request came by. */
  public static ApiConnector of(Request request) {
    return (ApiConnector) request.getConnectionMetaData().getConnector();
  }

  /** The socket that a request came by; TLS is around it. */
  static EndPoint socket(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    while (endPoint instanceof EndPoint.Wrapper around) {
      endPoint = around.unwrap();
    }
    return endPoint;
  }

  public Streams streams() {
    return streams;
  }

  /** The connection that a request came by; empty when it is closed. */
  public Optional<ClientConnection> entry(Request request) {
    return Optional.ofNullable(entries.get(socket(request)));
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    sweeper = Thread.ofVirtual().name("connections").start(this::sweep);
  }

  @Override
  protected void doStop() throws Exception {
    if (sweeper != null) {
      sweeper.interrupt();
    }
    super.doStop();
    streams.close();
  }

  @Override
  protected void onEndPointOpened(EndPoint endPoint) {
    super.onEndPointOpened(endPoint);
    keepAlive(endPoint);
    var entry = new ClientConnection(endPoint);
    entries.put(endPoint, entry);
    makeRoom(entry.peer);
  }

  /** Closes the connections above the maximum, one at a time: two at once might choose the same. */
  private synchronized void makeRoom(String peer) {
    while (entries.size() > limits.connections()
        && closeOne(List.copyOf(entries.values()), Reason.FULL)) {}
    while (true) {
      List<ClientConnection> peers =
          entries.values().stream().filter(other -> other.peer.equals(peer)).toList();
      if (peers.size() <= limits.perPeer() || !closeOne(peers, Reason.PEER)) {
        return;
      }
    }
  }

  @Override
  protected void onEndPointClosed(EndPoint endPoint) {
    entries.remove(endPoint);
    super.onEndPointClosed(endPoint);
  }

  /** Closes the connection with the lowest rank, and of those the oldest. */
  private boolean closeOne(List<ClientConnection> among, Reason reason) {
    return among.stream()
        .filter(entry -> entry.rank() < 2)
        .min(
            Comparator.comparingInt(ClientConnection::rank)
                .thenComparingLong(ClientConnection::since))
        .or(() -> among.stream().max(Comparator.comparingLong(ClientConnection::since)))
        .filter(entry -> close(entry, reason))
        .isPresent();
  }

  /** False if it was closed already. */
  private boolean close(ClientConnection entry, Reason reason) {
    if (!entries.remove(entry.endPoint, entry)) {
      return false;
    }
    synchronized (closed) {
      closed.merge(reason, 1L, Long::sum);
    }
    entry.endPoint.close(new IOException("the connection is closed: " + reason));
    return true;
  }

  private void sweep() {
    long pause = Math.clamp(limits.head().toMillis() / 8, 10, 1000);
    try {
      while (true) {
        Thread.sleep(pause);
        long now = System.nanoTime();
        entries.values().stream()
            .filter(entry -> entry.isOver(limits, now))
            .forEach(entry -> close(entry, Reason.SLOW));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void keepAlive(EndPoint endPoint) {
    if (endPoint.getTransport() instanceof SocketChannel channel) {
      try {
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_SECONDS);
        channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_SECONDS);
        channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_TRIES);
      } catch (IOException e) {
        // It is closed already.
      }
    }
  }

  /** IPv6 peers count by their /64 network: whoever has one address of it has all. */
  private static String peer(java.net.@Nullable SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return "";
    }
    InetAddress one = inet.getAddress();
    if (one.isLoopbackAddress()) {
      return "loopback";
    }
    byte[] bytes = one.getAddress();
    return HexFormat.of().formatHex(one instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new java.util.ArrayList<>(streams.metrics());
    metrics.add(
        new Metric(
            "visco.api.connections",
            false,
            "connections of the API now",
            Map.of(),
            entries.size()));
    for (Reason reason : Reason.values()) {
      synchronized (closed) {
        metrics.add(
            new Metric(
                "visco.api.connections.closed",
                true,
                "connections that were too slow, or too many, altogether or of one peer",
                Map.of("reason", reason.name().toLowerCase(Locale.ROOT)),
                closed.getOrDefault(reason, 0L)));
      }
    }
    return metrics;
  }
}

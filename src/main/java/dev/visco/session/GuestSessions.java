package dev.visco.session;

import dev.visco.model.Ipv4;
import dev.visco.session.GuestUnreachable.GuestStage;
import dev.visco.session.ssh.ConnectedSocket;
import dev.visco.session.ssh.SshTransport;
import dev.visco.session.ssh.SshTransport.PinnedKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.client.session.ClientSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects to guests over SSH. */
public final class GuestSessions {
  private static final Logger LOG = LoggerFactory.getLogger(GuestSessions.class);
  private static final int SSH_PORT = 22;

  /**
   * Timeout for a VMM's answer about vsock, which comes at once whether the guest listens or not.
   */
  private static final Duration VSOCK_REACH = Duration.ofSeconds(1);

  private final Duration alive;

  /** With a keep-alive message every 15 seconds. */
  public GuestSessions() {
    this(Duration.ofSeconds(15));
  }

  /**
   * @param alive interval of keep-alive messages
   */
  GuestSessions(Duration alive) {
    this.alive = alive;
  }

  /**
   * Connects to the guest's sshd on port 22 as root, with the VM's key and its pinned host key.
   *
   * @param deadline time limit for connecting and signing in
   * @throws GuestUnreachable with how far it came, when it did not succeed in time
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, deadline, deadline);
  }

  /**
   * The same over virtio-vsock, which needs no network in the guest; if nothing answers there, over
   * TCP.
   *
   * @param deadline time limit, for each of the two ways
   */
  public GuestSession connect(VsockAddress vsock, Ipv4 address, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    return connect(vsock, address.toString(), SSH_PORT, keys, deadline);
  }

  GuestSession connect(VsockAddress vsock, String address, int port, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    Duration reach = deadline.compareTo(VSOCK_REACH) < 0 ? deadline : VSOCK_REACH;
    try {
      Socket socket = VsockSocket.connect(vsock, reach);
      return signedIn(socket, address, vsock.port(), keys, deadline);
    } catch (IOException e) {
      LOG.info("{}: connecting by TCP, since vsock does not answer: {}", address, e.getMessage());
    } catch (GuestUnreachable e) {
      if (e.stage() != GuestStage.NO_BANNER) {
        throw e;
      }
      LOG.info("{}: connecting by TCP, since its sshd sends nothing by vsock", address);
    }
    return connect(address, port, keys, deadline, deadline);
  }

  /**
   * The same for a guest that may still be booting. A guest without network misses the first
   * packet, and TCP repeats it only after a second, so that many short tries connect sooner than a
   * long one.
   *
   * @param reach time limit for the TCP connection
   * @param deadline time limit for everything after it
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, reach, deadline);
  }

  /**
   * The same over a connection that is open already.
   *
   * @param name where it leads to, for messages
   */
  public GuestSession over(Socket open, String name, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    return signedIn(open, name, SSH_PORT, keys, deadline);
  }

  GuestSession connect(String address, int port, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    return signedIn(open(address, port, millis(reach)), address, port, keys, deadline);
  }

  private GuestSession signedIn(
      Socket open, String address, int port, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    var socket = new ConnectedSocket(open);
    var isOver = new AtomicBoolean();
    Thread watch = Thread.ofVirtual().start(() -> closeAfter(deadline, isOver, socket));
    var hostKey = new PinnedKey(keys.hostPublicKey());
    try {
      ClientSession session =
          SshTransport.signIn(
              socket,
              InetSocketAddress.createUnresolved(address, port),
              hostKey,
              keys.clientKeyPair(),
              alive,
              deadline);
      if (isOver.compareAndSet(false, true)) {
        return new SshSession(session, socket, keys.hostKey());
      }
      session.close(true);
      throw new GuestUnreachable(GuestStage.BROKEN, late(address, deadline), null);
    } catch (IOException | RuntimeException e) {
      // The library throws runtime exceptions for a peer that does not speak SSH.
      boolean isLate = !isOver.compareAndSet(false, true);
      throw new GuestUnreachable(
          stage(isLate, socket, hostKey),
          isLate ? late(address, deadline) : "ssh to " + address + ": " + e.getMessage(),
          e);
    } finally {
      watch.interrupt();
    }
  }

  private static int millis(Duration time) {
    return Math.clamp(time.toMillis(), 1, Integer.MAX_VALUE);
  }

  private static String late(String address, Duration deadline) {
    return "ssh to "
        + address
        + ": no sign-in within "
        + dev.visco.model.Durations.text(deadline)
        + " of the connection";
  }

  /**
   * Closes the connection at the deadline: the library's timeouts restart with each byte, so that a
   * peer that sends one now and then could delay forever.
   */
  private static void closeAfter(Duration deadline, AtomicBoolean isOver, ConnectedSocket socket) {
    try {
      Thread.sleep(deadline);
      if (isOver.compareAndSet(false, true)) {
        socket.close();
      }
    } catch (InterruptedException e) {
      // Interrupted: it was done in time.
    }
  }

  private static GuestStage stage(boolean isLate, ConnectedSocket socket, PinnedKey hostKey) {
    if (hostKey.isOther()) {
      return GuestStage.WRONG_HOST_KEY;
    }
    if (!socket.anythingRead()) {
      return GuestStage.NO_BANNER;
    }
    return hostKey.isShown() && !isLate && !socket.brokeOff()
        ? GuestStage.KEY_REFUSED
        : GuestStage.BROKEN;
  }

  /** Connects without the library, which does not report how far a connection came. */
  private static Socket open(String address, int port, int reachMillis) throws GuestUnreachable {
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(address, port), reachMillis);
      return socket;
    } catch (IOException e) {
      GuestStage stage =
          switch (e) {
            case SocketTimeoutException timeout -> GuestStage.NO_ANSWER;
            case NoRouteToHostException route -> GuestStage.NO_ROUTE;
            case ConnectException refused -> GuestStage.PORT_CLOSED;
            default -> GuestStage.NO_ROUTE;
          };
      try {
        socket.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw new GuestUnreachable(
          stage, "port " + port + " of " + address + ": " + e.getMessage(), e);
    }
  }
}

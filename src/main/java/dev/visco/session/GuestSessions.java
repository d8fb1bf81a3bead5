package dev.visco.session;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.Session;
import dev.visco.model.Ipv4;
import dev.visco.session.GuestUnreachable.GuestStage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens sessions to guests. */
public final class GuestSessions {
  private static final Logger LOG = LoggerFactory.getLogger(GuestSessions.class);
  private static final int SSH_PORT = 22;

  /** A VMM answers at once, whether somebody in the guest listens or not. */
  private static final Duration VSOCK_REACH = Duration.ofSeconds(1);

  /** A guest that is asked for a sign of life so many times in a row without one is gone. */
  private static final int MAX_SILENT = 3;

  private final Duration alive;

  /** For guests that are asked for a sign of life every 15 seconds. */
  public GuestSessions() {
    this(Duration.ofSeconds(15));
  }

  /**
   * @param alive after which silence a guest is asked for a sign of life
   */
  GuestSessions(Duration alive) {
    this.alive = alive;
  }

  /**
   * Connects to the guest's sshd on port 22 as root with the VM's key, its host key pinned.
   *
   * @param deadline for all of it
   * @throws GuestUnreachable with how far it came when that did not work in time
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, deadline, deadline);
  }

  /**
   * The same through the guest's vsock, which needs no network in it; where that is not answered,
   * by TCP.
   *
   * @param deadline for all of it, for either way
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
      LOG.info("{} is asked by TCP, since its vsock does not answer: {}", address, e.getMessage());
    } catch (GuestUnreachable e) {
      if (e.stage() != GuestStage.NO_BANNER) {
        throw e;
      }
      LOG.info("{} is asked by TCP, since its sshd says nothing by vsock", address);
    }
    return connect(address, port, keys, deadline, deadline);
  }

  /**
   * The same for a guest that may still be booting: a guest that is not there yet loses the first
   * packet, and TCP sends the next one only a second later, so it is better asked often and
   * shortly.
   *
   * @param reach for the TCP connection alone
   * @param deadline for all that comes after it
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, reach, deadline);
  }

  GuestSession connect(String address, int port, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    return signedIn(open(address, port, millis(reach)), address, port, keys, deadline);
  }

  private GuestSession signedIn(
      Socket open, String address, int port, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    byte[] secret = keys.clientKey();
    byte[] shared = keys.clientPublicKey();
    var hostKey = new PinnedHostKey(keys.hostKey());
    var socket = new ConnectedSocket(open);
    var isOver = new AtomicBoolean();
    Thread watch = Thread.ofVirtual().start(() -> closeAfter(deadline, isOver, socket));
    try {
      var jsch = new JSch();
      jsch.addIdentity("visco", secret, shared, null);
      jsch.setHostKeyRepository(hostKey);
      Session session = session(jsch, address, port);
      session.setSocketFactory(socket);
      session.connect(millis(deadline));
      if (isOver.compareAndSet(false, true)) {
        return new SshSession(session, socket);
      }
      session.disconnect();
      throw new GuestUnreachable(GuestStage.BROKEN, late(address, deadline), null);
    } catch (JSchException | RuntimeException e) {
      // The library throws runtime exceptions where a peer sends what is no SSH.
      boolean isLate = !isOver.compareAndSet(false, true);
      GuestStage stage = stage(e, isLate, socket, hostKey);
      socket.close();
      throw new GuestUnreachable(
          stage, isLate ? late(address, deadline) : "ssh to " + address + ": " + e.getMessage(), e);
    } finally {
      watch.interrupt();
    }
  }

  private Session session(JSch jsch, String address, int port) throws JSchException {
    Session session = jsch.getSession("root", address, port);
    session.setConfig("StrictHostKeyChecking", "yes");
    session.setConfig("PreferredAuthentications", "publickey");
    session.setConfig("server_host_key", "ssh-ed25519");
    // The cheapest that both ends know: the way goes over the host's own memory, where a key
    // exchange against quantum computers protects nothing and costs an emulated guest a tenth
    // of a second.
    session.setConfig("kex", "curve25519-sha256,curve25519-sha256@libssh.org");
    session.setServerAliveInterval(millis(alive));
    session.setServerAliveCountMax(MAX_SILENT);
    session.setDaemonThread(true);
    return session;
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
   * The library's own timeouts begin anew with each byte; a peer that sends one now and then would
   * hold us for ever.
   */
  private static void closeAfter(Duration deadline, AtomicBoolean isOver, ConnectedSocket socket) {
    try {
      Thread.sleep(deadline);
      if (isOver.compareAndSet(false, true)) {
        socket.close();
      }
    } catch (InterruptedException e) {
      // It was in time.
    }
  }

  private static GuestStage stage(
      Exception e, boolean isLate, ConnectedSocket socket, PinnedHostKey hostKey) {
    if (e instanceof JSchHostKeyException) {
      return GuestStage.WRONG_HOST_KEY;
    }
    if (!socket.anythingRead()) {
      return GuestStage.NO_BANNER;
    }
    return hostKey.isShown() && !isLate && !socket.brokeOff()
        ? GuestStage.KEY_REFUSED
        : GuestStage.BROKEN;
  }

  /** We connect ourselves: only so is it known how far it came. */
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

package dev.visco.session;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.Session;
import dev.visco.model.Ipv4;
import dev.visco.session.GuestUnreachable.Stage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Base64;

/** Opens sessions to guests. */
public final class GuestSessions {
  private static final int SSH_PORT = 22;

  /**
   * Connects to the guest's sshd on port 22 as root with the VM's key, its host key pinned.
   *
   * @throws GuestUnreachable with how far it came when that did not work in time
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, deadline, deadline);
  }

  /**
   * The same for a guest that may still be booting: a guest that is not there yet loses the first
   * packet, and TCP sends the next one only a second later, so it is better asked often and
   * shortly.
   *
   * @param reach for the TCP connection alone
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    return connect(address.toString(), SSH_PORT, keys, reach, deadline);
  }

  GuestSession connect(String address, int port, VmKeys keys, Duration reach, Duration deadline)
      throws GuestUnreachable {
    int millis = (int) Math.max(1, deadline.toMillis());
    Socket socket = open(address, port, (int) Math.max(1, reach.toMillis()), millis);
    var sockets = new ConnectedSocket(socket);
    try {
      var jsch = new JSch();
      jsch.addIdentity("visco", keys.clientKey(), keys.clientPublicKey(), null);
      Session session = jsch.getSession("root", address, port);
      // What jsch calls it in its list of known hosts.
      String known = port == SSH_PORT ? address : "[" + address + "]:" + port;
      jsch.getHostKeyRepository()
          .add(
              new HostKey(known, Base64.getDecoder().decode(keys.hostKey().split(" ", -1)[1])),
              null);
      session.setConfig("StrictHostKeyChecking", "yes");
      session.setConfig("PreferredAuthentications", "publickey");
      session.setConfig("server_host_key", "ssh-ed25519");
      // The cheapest that both ends know: the way goes over the host's own memory, where a key
      // exchange against quantum computers protects nothing and costs an emulated guest a tenth
      // of a second.
      session.setConfig("kex", "curve25519-sha256,curve25519-sha256@libssh.org");
      session.setSocketFactory(sockets);
      session.setServerAliveInterval(15_000);
      session.setServerAliveCountMax(4);
      session.setDaemonThread(true);
      session.connect(millis);
      session.setTimeout(0);
      return new SshSession(session);
    } catch (JSchException e) {
      sockets.close();
      throw new GuestUnreachable(stage(e, sockets), "ssh to " + address + ": " + e.getMessage(), e);
    }
  }

  private static Stage stage(JSchException e, ConnectedSocket sockets) {
    if (e instanceof JSchHostKeyException) {
      return Stage.WRONG_HOST_KEY;
    }
    if (!sockets.anythingRead()) {
      return Stage.NO_BANNER;
    }
    return e.getCause() instanceof IOException ? Stage.BROKEN : Stage.KEY_REFUSED;
  }

  /** We connect ourselves: only so is it known how far it came. */
  private static Socket open(String address, int port, int reachMillis, int millis)
      throws GuestUnreachable {
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(address, port), reachMillis);
      socket.setSoTimeout(millis);
      return socket;
    } catch (IOException e) {
      Stage stage =
          switch (e) {
            case SocketTimeoutException timeout -> Stage.NO_ANSWER;
            case NoRouteToHostException route -> Stage.NO_ROUTE;
            case ConnectException refused -> Stage.PORT_CLOSED;
            default -> Stage.NO_ROUTE;
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

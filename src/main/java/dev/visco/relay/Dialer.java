package dev.visco.relay;

import dev.visco.model.EgressPolicy;
import dev.visco.model.Ipv4;
import dev.visco.model.UpstreamProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections by an egress policy: itself, from an address of the host if the policy names
 * one, or through the policy's proxy, and in no other way when that one fails.
 */
public final class Dialer {
  /** The rule that refuses all while the policy's proxy does not do its part. */
  static final String PROXY = "proxy";

  /** The rule that refuses all while the host has not the policy's address. */
  static final String SOURCE = "source-address";

  /** The rule of a destination that does not answer. */
  static final String UNREACHABLE = "unreachable";

  private final EgressPolicy policy;
  private final ProxyPassword password;
  private final PolicyJudge judge;
  private final NameLookup lookup;
  private final AddressGuard guard;
  private final Duration patience;

  /**
   * @param password of the policy's proxy
   * @param patience how long a connection, or a proxy's answer, may take
   */
  public Dialer(
      EgressPolicy policy,
      ProxyPassword password,
      NameLookup lookup,
      AddressGuard guard,
      Duration patience) {
    this.policy = policy;
    this.password = password;
    this.judge = new PolicyJudge(policy);
    this.lookup = lookup;
    this.guard = guard;
    this.patience = patience;
  }

  PolicyJudge judge() {
    return judge;
  }

  /** As {@link #dial(OpenSockets, Destination)}, to a name or an address that is written as one. */
  public Socket dial(OpenSockets with, String host, int port) throws ConnectionRefusal {
    return dial(with, Destination.of(host, port));
  }

  /**
   * Opens a connection that the policy allows.
   *
   * @param with which it ends
   */
  Socket dial(OpenSockets with, Destination to) throws ConnectionRefusal {
    if (to.name() != null) {
      refuse(judge.againstName(to.name()), to.host());
    }
    UpstreamProxy proxy = policy.proxy();
    return proxy == null ? direct(with, to) : through(with, proxy, to);
  }

  private static void refuse(Optional<String> rule, String what) throws ConnectionRefusal {
    if (rule.isPresent()) {
      throw new ConnectionRefusal(rule.get(), what + " is refused by " + rule.get());
    }
  }

  /** The rule against this address, be it by the policy or by what always holds. */
  private Optional<String> against(@Nullable String name, Ipv4 address) {
    return guard.againstDestination(address).or(() -> judge.againstAddress(name, address));
  }

  private Socket direct(OpenSockets with, Destination to) throws ConnectionRefusal {
    Ipv4 given = to.address();
    List<Ipv4> addresses =
        given == null ? lookup.addresses(String.valueOf(to.name())) : List.of(given);
    ConnectionRefusal last = null;
    for (Ipv4 address : addresses) {
      Optional<String> against = against(to.name(), address);
      try {
        if (against.isPresent()) {
          throw new ConnectionRefusal(against.get(), address + " is refused by " + against.get());
        }
        Socket socket =
            connect(with, address, to.port(), policy.source().orElse(null), UNREACHABLE);
        socket.setSoTimeout(0);
        return socket;
      } catch (SocketException e) {
        last = new ConnectionRefusal(UNREACHABLE, address + ": " + e.getMessage());
      } catch (ConnectionRefusal e) {
        last = e;
      }
    }
    throw last == null ? new ConnectionRefusal(UNREACHABLE, to.host()) : last;
  }

  private Socket through(OpenSockets with, UpstreamProxy proxy, Destination to)
      throws ConnectionRefusal {
    if (to.address() != null) {
      refuse(against(null, to.address()), to.host());
    }
    Socket socket = proxy(with, proxy);
    try {
      ProxyHandshake.open(socket, proxy, password.get(), to.host(), to.port());
      socket.setSoTimeout(0);
      return socket;
    } catch (IOException e) {
      with.reset(socket);
      throw new ConnectionRefusal(PROXY, proxy.url() + ": " + e.getMessage());
    }
  }

  private Socket proxy(OpenSockets with, UpstreamProxy proxy) throws ConnectionRefusal {
    Optional<Ipv4> literal = Peek.literal(proxy.host());
    ConnectionRefusal last = new ConnectionRefusal(PROXY, proxy.url());
    try {
      List<Ipv4> all =
          literal.isPresent() ? List.of(literal.get()) : lookup.addresses(proxy.host());
      for (Ipv4 address : all) {
        Optional<String> against = guard.againstProxy(address);
        if (against.isPresent()) {
          last =
              new ConnectionRefusal(
                  PROXY, proxy.url() + " is at " + address + ": " + against.get());
          continue;
        }
        try {
          return connect(with, address, proxy.port(), null, PROXY);
        } catch (ConnectionRefusal e) {
          last = e;
        }
      }
    } catch (ConnectionRefusal e) {
      throw new ConnectionRefusal(PROXY, String.valueOf(e.getMessage()));
    }
    throw last;
  }

  private Socket connect(
      OpenSockets with, Ipv4 address, int port, @Nullable Ipv4 source, String rule)
      throws ConnectionRefusal {
    var socket = new Socket();
    try {
      with.add(socket);
      if (source != null) {
        bind(socket, source);
      }
      socket.connect(
          new InetSocketAddress(AddressGuard.inet(address), port), (int) patience.toMillis());
      socket.setSoTimeout((int) patience.toMillis());
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      return socket;
    } catch (IOException e) {
      with.reset(socket);
      throw new ConnectionRefusal(rule, address + ":" + port + ": " + e.getMessage());
    } catch (ConnectionRefusal e) {
      with.reset(socket);
      throw e;
    }
  }

  private static void bind(Socket socket, Ipv4 source) throws ConnectionRefusal {
    try {
      socket.bind(new InetSocketAddress(AddressGuard.inet(source), 0));
    } catch (IOException e) {
      throw new ConnectionRefusal(SOURCE, "this host has not " + source + ": " + e.getMessage());
    }
  }
}

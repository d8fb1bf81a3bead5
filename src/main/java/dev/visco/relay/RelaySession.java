package dev.visco.relay;

import dev.visco.model.Ipv4;
import dev.visco.relay.secret.InterceptedHost;
import dev.visco.relay.secret.NotPassedOn;
import dev.visco.relay.secret.SecretProxy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The connections of one guest under one policy. */
final class RelaySession implements AutoCloseable {
  /** The rule that refuses first bytes that do not come, or break off. */
  static final String NO_HELLO = "no-hello";

  /** The rule that refuses a made-up address that no name has any more. */
  static final String FORGOTTEN_NAME = "forgotten-name";

  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int BUFFER = 16_384;

  private final RelayRules rules;
  private final Dialer dialer;
  private final SyntheticAddresses addresses;
  private final RefusalLog log;
  private final Duration hello;
  private final OpenSockets sockets = new OpenSockets();

  /**
   * @param hello how long the first bytes of a connection may take
   */
  RelaySession(RelayRules rules, SyntheticAddresses addresses, RefusalLog log, Duration hello) {
    this.rules = rules;
    this.dialer = rules.dialer();
    this.addresses = addresses;
    this.log = log;
    this.hello = hello;
  }

  Dialer dialer() {
    return dialer;
  }

  OpenSockets sockets() {
    return sockets;
  }

  /**
   * First bytes that were read, and where they want to go.
   *
   * @param intercepted how it is with that host, if its requests get a secret
   */
  private record Beginning(byte[] bytes, Destination to, @Nullable InterceptedHost intercepted) {}

  /** Opens a guest's connection outside and passes bytes until both sides have ended it. */
  void serve(Socket guest, InetSocketAddress original) {
    String shown = original.getAddress().getHostAddress();
    Socket outside = null;
    try {
      sockets.add(guest);
      Ipv4 address = new Ipv4(ByteBuffer.wrap(original.getAddress().getAddress()).getInt());
      Destination to = destination(address, original.getPort());
      shown = to.host();
      Beginning beginning = beginning(guest, to);
      shown = beginning.to().host();
      if (beginning.intercepted() != null) {
        intercept(guest, beginning, beginning.intercepted());
        return;
      }
      outside = dialer.dial(sockets, beginning.to());
      guest.setSoTimeout(0);
      outside.getOutputStream().write(beginning.bytes());
      pass(guest, outside);
    } catch (ConnectionRefusal e) {
      log.add("tcp", shown, original.getPort(), e.rule(), String.valueOf(e.getMessage()));
    } catch (NotPassedOn e) {
      log.add("tcp", shown, original.getPort(), e.rule(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // One of its ends has ended it.
    } finally {
      if (outside != null) {
        sockets.reset(outside);
      }
    }
  }

  /** The connections to the host end with the session; the last of them at the latest here. */
  private void intercept(Socket guest, Beginning beginning, InterceptedHost intercepted)
      throws IOException {
    var opened = new ArrayList<Socket>();
    try {
      SecretProxy.serve(
          guest,
          beginning.bytes(),
          beginning.to().host(),
          intercepted,
          () -> {
            try {
              Socket outside = dialer.dial(sockets, beginning.to());
              opened.add(outside);
              return outside;
            } catch (ConnectionRefusal e) {
              throw new NotPassedOn(502, e.rule(), String.valueOf(e.getMessage()));
            }
          },
          rules.tls());
      sockets.finish(guest);
    } finally {
      opened.forEach(sockets::reset);
    }
  }

  private Destination destination(Ipv4 address, int port) throws ConnectionRefusal {
    if (!SyntheticAddresses.NETWORK.contains(address)) {
      return new Destination(null, address, port);
    }
    Optional<String> name = addresses.name(address);
    if (name.isEmpty()) {
      throw new ConnectionRefusal(
          FORGOTTEN_NAME, "the guest has to ask for the name of " + address + " again");
    }
    return new Destination(name.get(), null, port);
  }

  /**
   * Where rules are by name the first bytes tell it, as it is on the ports that have one. Where no
   * rule is, they are looked at for hosts whose requests get secrets, and passed on as they are.
   */
  private Beginning beginning(Socket guest, Destination to) throws ConnectionRefusal, IOException {
    boolean isByName = (to.port() == HTTP || to.port() == HTTPS) && dialer.judge().asksForNames();
    boolean isLookedAt = to.port() == HTTPS && rules.interception().isAny();
    if (!isByName && !isLookedAt) {
      return new Beginning(new byte[0], to, null);
    }
    if (isByName && to.name() != null) {
      refuse(dialer.judge().againstName(to.name()), to.name());
    }
    Hello seen = hello(guest, to.port());
    if (seen.host() != null) {
      return named(seen.bytes(), seen.host(), to, isByName);
    }
    if (isByName && seen.refusal() != null) {
      throw seen.refusal();
    }
    return new Beginning(seen.bytes(), to, null);
  }

  /**
   * The first bytes of a connection.
   *
   * @param host that they are for; null when they do not tell
   * @param refusal why they do not, where that counts
   */
  private record Hello(byte[] bytes, @Nullable String host, @Nullable ConnectionRefusal refusal) {}

  private Hello hello(Socket guest, int port) throws IOException {
    byte[] bytes = new byte[Peek.MAX_BYTES];
    int length = 0;
    long end = System.nanoTime() + hello.toNanos();
    InputStream in = guest.getInputStream();
    try {
      while (true) {
        length += read(guest, in, bytes, length, end);
        switch (port == HTTP ? HttpHead.read(bytes, length) : TlsHello.read(bytes, length)) {
          case Peek.Host(String host) -> {
            return new Hello(Arrays.copyOf(bytes, length), host, null);
          }
          case Peek.Nameless(String rule) ->
              throw new ConnectionRefusal(rule, "rules are by name, and it tells none");
          case Peek.More() -> {
            if (length == bytes.length) {
              throw new ConnectionRefusal(NO_HELLO, "its first bytes are too many");
            }
          }
        }
      }
    } catch (ConnectionRefusal e) {
      return new Hello(Arrays.copyOf(bytes, length), null, e);
    }
  }

  private Beginning named(byte[] bytes, String host, Destination to, boolean isByName)
      throws ConnectionRefusal {
    Optional<InterceptedHost> intercepted =
        to.port() == HTTPS ? rules.interception().host(host) : Optional.empty();
    if (intercepted.isEmpty()) {
      return new Beginning(bytes, isByName ? Destination.of(host, to.port()) : to, null);
    }
    refuse(dialer.judge().againstName(host), host);
    return new Beginning(bytes, Destination.of(host, to.port()), intercepted.get());
  }

  private static int read(Socket guest, InputStream in, byte[] bytes, int from, long end)
      throws ConnectionRefusal, IOException {
    long rest = (end - System.nanoTime()) / 1_000_000;
    try {
      guest.setSoTimeout((int) Math.max(1, rest));
      int count = rest <= 0 ? -1 : in.read(bytes, from, bytes.length - from);
      if (count < 0) {
        throw new ConnectionRefusal(NO_HELLO, "its first bytes broke off");
      }
      return count;
    } catch (SocketTimeoutException e) {
      throw new ConnectionRefusal(NO_HELLO, "its first bytes did not come in time");
    }
  }

  private static void refuse(Optional<String> rule, @Nullable String what)
      throws ConnectionRefusal {
    if (rule.isPresent()) {
      throw new ConnectionRefusal(rule.get(), what + " is refused by " + rule.get());
    }
  }

  /** Bytes go on as fast as the slower side takes them. */
  private void pass(Socket guest, Socket outside) {
    Thread back = Thread.ofVirtual().start(() -> copy(outside, guest));
    copy(guest, outside);
    try {
      back.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sockets.finish(outside);
    sockets.finish(guest);
  }

  /** Until the end of {@code from}, which is told to {@code to}; an error ends both. */
  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        to.getOutputStream().write(buffer, 0, count);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      sockets.reset(from);
      sockets.reset(to);
    }
  }

  @Override
  public void close() {
    sockets.close();
  }
}

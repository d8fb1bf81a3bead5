package dev.visco.lifecycle;

import dev.visco.model.GuestText;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkProbe;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.verify.WayOut;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Has a guest reach something outside, by the whole way that its packets take: slot, translation,
 * and whatever other firewalls the host has. The guest's sshd opens the connection, so that it
 * takes no program in the guest; where sshd may not, or the nameserver takes datagrams only, the
 * guest's shell tries with what it has.
 */
final class WayOutProbe {
  private static final Duration REACH = Duration.ofSeconds(4);
  private static final Duration HOSTS = Duration.ofSeconds(2);
  private static final int NAMES = 53;

  /**
   * Asks the nameserver in $1 by datagram and prints "answered", "silent" or "no-tool". BusyBox's
   * nslookup ends with 1 for a name that is not there as for a nameserver that is not.
   */
  private static final String ASK =
      """
      said() { case "$1" in *'timed out'*|*'no servers'*|*"can't connect"*|*refused*|'') echo silent;; *) echo answered;; esac; }
      if command -v dig >/dev/null 2>&1; then
        dig +time=2 +tries=1 . NS "@$1" >/dev/null 2>&1 && echo answered || echo silent
      elif command -v nslookup >/dev/null 2>&1; then said "$(nslookup . "$1" 2>&1)"
      elif command -v busybox >/dev/null 2>&1 && busybox nslookup --help >/dev/null 2>&1; then said "$(busybox nslookup . "$1" 2>&1)"
      elif command -v bash >/dev/null 2>&1; then
        bash -c 'exec 3<>"/dev/udp/$0/53" && printf "\\\\1\\\\1\\\\1\\\\0\\\\0\\\\1\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0\\\\2\\\\0\\\\1" >&3 && read -r -t 3 -n 1 -u 3 && echo answered || echo silent' "$1"
      else echo no-tool; fi
      """;

  private final Supplier<Ipv4> nameserver;
  private final NetworkProbe probe;

  /**
   * @param nameserver where questions of guests go now
   * @param probe what is to be reached
   */
  WayOutProbe(Supplier<Ipv4> nameserver, NetworkProbe probe) {
    this.nameserver = nameserver;
    this.probe = probe;
  }

  /**
   * One try.
   *
   * @param gateway where the guest believes its nameserver to be
   * @param before how many tries have failed so far
   */
  WayOut probe(GuestSession session, Ipv4 gateway, int before) {
    return switch (probe) {
      case NetworkProbe.None none ->
          new WayOut.Untried("network.probe is none: nobody asks for a way out");
      case NetworkProbe.Nameserver asked -> nameserver(session, gateway, before);
      case NetworkProbe.Endpoint endpoint -> endpoint(session, endpoint, before);
    };
  }

  private WayOut nameserver(GuestSession session, Ipv4 gateway, int before) {
    String name = "the nameserver " + nameserver.get();
    String met = name + " answered a question that the guest sent to " + gateway;
    if (isAnswered(session, gateway)) {
      return new WayOut.Reached(met + " by TCP");
    }
    return switch (asked(session, gateway)) {
      case "answered" -> new WayOut.Reached(met);
      case "no-tool" ->
          isAnsweredToTheHost()
              ? new WayOut.Untried(
                  name
                      + " does not answer by TCP, and the guest has no program that asks it"
                      + " by datagrams: dig, nslookup, busybox or bash")
              : hostHasNone(name + " does not answer this host");
      default ->
          isAnsweredToTheHost()
              ? new WayOut.Blocked(
                  name + " answers this host and no question of the guest", before + 1)
              : hostHasNone(name + " does not answer this host");
    };
  }

  private static WayOut hostHasNone(String what) {
    return new WayOut.HostHasNone("the host itself has no way out: " + what);
  }

  private static boolean isAnswered(GuestSession session, Ipv4 gateway) {
    var question = question();
    try (GuestConnection connection = session.dial(gateway.toString(), NAMES, REACH)) {
      connection.output().write(question.framed());
      connection.output().flush();
      // A channel's stream has no timeout of its own; closing the channel ends the read.
      return within(REACH, () -> question.isAnsweredOn(new DataInputStream(connection.input())));
    } catch (IOException e) {
      return false;
    }
  }

  private static NameQuestion question() {
    return new NameQuestion(ThreadLocalRandom.current().nextInt(1 << 16));
  }

  private static boolean within(Duration deadline, Callable<Boolean> work) throws IOException {
    var waiting = new FutureTask<>(work);
    Thread.ofVirtual().start(waiting);
    try {
      return waiting.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      waiting.cancel(true);
    }
  }

  private static String asked(GuestSession session, Ipv4 gateway) {
    return shell(session, List.of("sh", "-c", ASK, "sh", gateway.toString()));
  }

  private static String shell(GuestSession session, List<String> command) {
    try {
      var output = session.exec(command, new byte[0], REACH.multipliedBy(3));
      return GuestText.line(output.output()).value().strip();
    } catch (IOException e) {
      return "silent";
    }
  }

  private boolean isAnsweredToTheHost() {
    return question().isAnsweredToTheHost(inet(nameserver.get()), HOSTS);
  }

  private static InetAddress inet(Ipv4 address) {
    try {
      return InetAddress.getByName(address.toString()); // Numbers: nobody is asked.
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private WayOut endpoint(GuestSession session, NetworkProbe.Endpoint endpoint, int before) {
    boolean isProhibited = false;
    try (GuestConnection connection = session.dial(endpoint.host(), endpoint.port(), REACH)) {
      return new WayOut.Reached("the guest opened a connection to " + endpoint);
    } catch (GuestConnection.NotOpened e) {
      isProhibited = e.isProhibited();
    } catch (IOException e) {
      return new WayOut.Blocked("the guest was not to be asked: " + e.getMessage(), before + 1);
    }
    if (isProhibited) {
      return new WayOut.Untried(
          "the guest's sshd forwards no connections, and so could not try " + endpoint);
    }
    return isOpenToTheHost(endpoint)
        ? new WayOut.Blocked("the host reaches " + endpoint + " and the guest does not", before + 1)
        : hostHasNone(endpoint + " takes no connection of this host");
  }

  private static boolean isOpenToTheHost(NetworkProbe.Endpoint endpoint) {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(endpoint.host(), endpoint.port()), (int) HOSTS.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}

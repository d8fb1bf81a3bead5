package dev.visco.network;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Ipv4;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Probes the outside, from the host and as a slot's guest. A packet sent as a guest goes the
 * guest's way from its namespace on: through the host's rules, those of other programs, address
 * translation and the uplink. Nothing is needed in the guest, so it works for every image.
 */
public final class OutsideProbe {
  private static final int NAMES = 53;
  private static final Duration ONCE = Duration.ofMillis(700);
  private static final int TIMES = 2;
  private final Host host;
  private final RandomGenerator random;

  public OutsideProbe(Host host, RandomGenerator random) {
    this.host = host;
    this.random = random;
  }

  /** A query with a random id, so that nobody can forge its answer in advance. */
  public NameQuery query() {
    return new NameQuery((short) random.nextInt(1 << 16));
  }

  /** Whether a nameserver answers the host itself, by UDP or by TCP. */
  public boolean answersHost(Ipv4 nameserver) {
    for (int time = 0; time < TIMES; time++) {
      if (answersDatagram(nameserver)) {
        return true;
      }
    }
    return answersStream(nameserver);
  }

  private boolean answersDatagram(Ipv4 nameserver) {
    NameQuery query = query();
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout((int) ONCE.toMillis());
      socket.connect(new InetSocketAddress(nameserver.toString(), NAMES));
      byte[] message = query.message();
      socket.send(new DatagramPacket(message, message.length));
      var answer = new DatagramPacket(new byte[1500], 1500);
      socket.receive(answer);
      return query.isAnsweredBy(Arrays.copyOf(answer.getData(), answer.getLength()));
    } catch (IOException e) {
      return false; // No route, nobody listening, or no answer in time.
    }
  }

  private boolean answersStream(Ipv4 nameserver) {
    NameQuery query = query();
    try (var socket = new Socket()) {
      socket.setSoTimeout((int) ONCE.toMillis());
      socket.connect(new InetSocketAddress(nameserver.toString(), NAMES), (int) ONCE.toMillis());
      socket.getOutputStream().write(query.stream());
      return query.isAnsweredByStream(socket.getInputStream().readNBytes(NameQuery.STREAM_BYTES));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether this is an address of the host itself. */
  public static boolean isHosts(Ipv4 address) {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByName(address.toString())) != null;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the host itself can open a TCP connection. */
  public boolean connectsHost(String name, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(name, port), (int) ONCE.multipliedBy(TIMES).toMillis());
      return true;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether a nameserver answers a UDP packet sent as this slot's guest. */
  public boolean answersGuest(SlotPlan plan, Ipv4 nameserver) {
    for (int time = 0; time < TIMES; time++) {
      NameQuery query = query();
      var frame = new GuestFrame(plan, nameserver, NAMES, port());
      if (ask(
          plan,
          frame.datagram(query.message()),
          answer -> query.isAnsweredBy(frame.answeredDatagram(answer)),
          ONCE)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a TCP connection attempt, sent as this slot's guest, is accepted. */
  public boolean connectsGuest(SlotPlan plan, String name, int port) {
    Optional<Ipv4> address = address(name);
    if (address.isEmpty()) {
      return false;
    }
    for (int time = 0; time < TIMES; time++) {
      int sequence = random.nextInt();
      var frame = new GuestFrame(plan, address.get(), port, port());
      if (ask(plan, frame.syn(sequence), answer -> frame.isAccepted(answer, sequence), ONCE)) {
        ask(plan, frame.reset(sequence), answer -> true, Duration.ofMillis(1));
        return true;
      }
    }
    return false;
  }

  private boolean ask(SlotPlan plan, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    try {
      return host.exchange(plan.netns(), plan.innerVeth(), frame, isAnswer, deadline).isPresent();
    } catch (HostFault e) {
      return false; // The slot is incomplete, which is reported elsewhere.
    }
  }

  private static Optional<Ipv4> address(String name) {
    try {
      for (InetAddress found : InetAddress.getAllByName(name)) {
        if (found instanceof Inet4Address) {
          return Optional.of(Ipv4.of("address", found.getHostAddress()));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * A random source port outside the range that guests use by default (ip-sysctl.rst, 32768 to
   * 60999).
   */
  private int port() {
    return random.nextInt(61_000, 65_000);
  }
}

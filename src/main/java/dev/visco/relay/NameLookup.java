package dev.visco.relay;

import dev.visco.model.Ipv4;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Asks the guests' nameserver for the IPv4 addresses of a name. The C library's resolver is not
 * used: a virtual thread cannot leave its carrier in it, and a guest chooses the names.
 */
public final class NameLookup {
  private static final int TRIES = 2;
  private final Supplier<InetSocketAddress> nameserver;
  private final RandomGenerator random;
  private final Duration patience;

  /**
   * @param nameserver the one in use now
   * @param patience how long each try waits
   */
  public NameLookup(
      Supplier<InetSocketAddress> nameserver, RandomGenerator random, Duration patience) {
    this.nameserver = nameserver;
    this.random = random;
    this.patience = patience;
  }

  /**
   * The addresses of a name.
   *
   * @throws ConnectionRefusal when it has none, or nobody answers
   */
  List<Ipv4> addresses(String name) throws ConnectionRefusal {
    byte[] query = DnsMessage.query((short) random.nextInt(1 << 16), name);
    Optional<DnsMessage.Answer> answer = Optional.empty();
    try {
      for (int count = 0; count < TRIES && answer.isEmpty(); count++) {
        answer = ask(query);
      }
      if (answer.isPresent() && answer.get().isCut()) {
        answer = askByStream(query);
      }
    } catch (IOException e) {
      throw unknown(name, "the nameserver cannot be asked: " + e.getMessage());
    }
    if (answer.isEmpty()) {
      throw unknown(name, "the nameserver does not answer");
    }
    if (answer.get().addresses().isEmpty()) {
      throw unknown(name, "it has no IPv4 address (code " + answer.get().code() + ")");
    }
    return answer.get().addresses();
  }

  private static ConnectionRefusal unknown(String name, String why) {
    return new ConnectionRefusal("no-address", name + ": " + why);
  }

  private Optional<DnsMessage.Answer> ask(byte[] query) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(nameserver.get()); // What others send is not received.
      socket.send(new DatagramPacket(query, query.length));
      long end = System.nanoTime() + patience.toNanos();
      var packet = new DatagramPacket(new byte[DnsMessage.MAX_BYTES], DnsMessage.MAX_BYTES);
      for (long rest = patience.toMillis();
          rest > 0;
          rest = (end - System.nanoTime()) / 1_000_000) {
        socket.setSoTimeout((int) rest);
        socket.receive(packet);
        var answer = DnsMessage.read(packet.getData(), packet.getLength(), query);
        if (answer.isPresent()) {
          return answer;
        }
      }
      return Optional.empty();
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
  }

  private Optional<DnsMessage.Answer> askByStream(byte[] query) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(nameserver.get(), (int) patience.toMillis());
      socket.setSoTimeout((int) patience.toMillis());
      byte[] message =
          ByteBuffer.allocate(2 + query.length).putShort((short) query.length).put(query).array();
      socket.getOutputStream().write(message);
      var in = new DataInputStream(socket.getInputStream());
      byte[] answer = in.readNBytes(in.readUnsignedShort());
      return DnsMessage.read(answer, answer.length, query);
    }
  }
}

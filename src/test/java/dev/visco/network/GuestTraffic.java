package dev.visco.network;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a guest that means harm sends; runs in a guest's namespace. */
final class GuestTraffic {
  private static final int FIRST_PORT = 10_000;

  private GuestTraffic() {}

  /**
   * {@code flows ADDRESS NUMBER}: one datagram each to so many ports. {@code queries ADDRESS
   * NUMBER}: so many questions for {@code web.example.test} without waiting for an answer, half of
   * them from one port. {@code connections ADDRESS NUMBER}: so many TCP connections to port 80,
   * each closed at once; prints how many there were. {@code bytes ADDRESS MILLIS}: full datagrams,
   * as fast as they go.
   */
  public static void main(String[] arguments) throws IOException {
    String to = arguments[1];
    int number = Integer.parseInt(arguments[2]);
    switch (arguments[0]) {
      case "flows" -> flows(to, number);
      case "queries" -> queries(to, number);
      case "connections" -> System.out.println(connections(to, number));
      case "bytes" -> bytes(to, number);
      default -> throw new IllegalArgumentException(Arrays.toString(arguments));
    }
  }

  private static void flows(String to, int number) throws IOException {
    try (var socket = new DatagramSocket()) {
      for (int port = FIRST_PORT; port < FIRST_PORT + number; port++) {
        socket.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress(to, port)));
      }
    }
  }

  private static void queries(String to, int number) throws IOException {
    byte[] name = "\3web\7example\4test\0".getBytes(StandardCharsets.US_ASCII);
    byte[] query = new byte[12 + name.length + 4];
    query[2] = 1; // recursion desired (RFC 1035, section 4.1.1)
    query[5] = 1; // one question
    System.arraycopy(name, 0, query, 12, name.length);
    query[12 + name.length + 1] = 1; // type A
    query[12 + name.length + 3] = 1; // class IN
    var packet = new DatagramPacket(query, query.length, new InetSocketAddress(to, 53));
    try (var one = new DatagramSocket()) {
      for (int count = 0; count < number / 2; count++) {
        one.send(packet);
        try (var other = new DatagramSocket()) {
          other.send(packet);
        }
      }
    }
  }

  private static int connections(String to, int number) {
    int made = 0;
    for (int count = 0; count < number; count++) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(to, 80), 100);
        made++;
      } catch (IOException e) {
        // What is above the bound is dropped: that is what the caller counts.
      }
    }
    return made;
  }

  private static void bytes(String to, int millis) throws IOException {
    long end = System.nanoTime() + millis * 1_000_000L;
    byte[] full = new byte[1400];
    var packet = new DatagramPacket(full, full.length, new InetSocketAddress(to, FIRST_PORT));
    try (var socket = new DatagramSocket()) {
      while (System.nanoTime() < end) {
        socket.send(packet);
      }
    }
  }
}

package dev.visco.lifecycle;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/**
 * A question that every nameserver answers in some way: who serves the root (RFC 1035, section 4).
 * An answer of any kind, a refusal too, shows that the way there and back is open.
 *
 * @param id tells its answer from others, 16 bits
 */
record NameQuestion(int id) {
  private static final int HEADER = 12;
  private static final int PORT = 53;
  private static final int LARGEST = 4096;

  /** As it stands in a datagram. */
  byte[] bytes() {
    return new byte[] {
      (byte) (id >> 8),
      (byte) id, // id
      1,
      0, // recursion desired
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0, // one question
      0,
      0,
      2,
      0,
      1 // the root, type NS, class IN
    };
  }

  /** As it stands on a TCP connection: its length goes before it (RFC 1035, section 4.2.2). */
  byte[] framed() {
    byte[] question = bytes();
    byte[] framed = new byte[question.length + 2];
    framed[1] = (byte) question.length;
    System.arraycopy(question, 0, framed, 2, question.length);
    return framed;
  }

  /** Whether these bytes, as in a datagram, are an answer to this very question. */
  boolean isAnsweredBy(byte[] answer, int length) {
    return length >= HEADER
        && (answer[0] & 0xff) == (id >> 8 & 0xff)
        && (answer[1] & 0xff) == (id & 0xff)
        && (answer[2] & 0x80) != 0;
  }

  /** Reads an answer from a TCP connection. */
  boolean isAnsweredOn(DataInputStream connection) throws IOException {
    int length = connection.readUnsignedShort();
    return isAnsweredBy(connection.readNBytes(Math.min(length, LARGEST)), length);
  }

  /** Asks from the host itself, by datagrams and then by TCP; within twice this time. */
  boolean isAnsweredToTheHost(InetAddress nameserver, Duration deadline) {
    return isAnsweredByDatagram(nameserver, deadline) || isAnsweredByTcp(nameserver, deadline);
  }

  private boolean isAnsweredByDatagram(InetAddress nameserver, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    try (var socket = new DatagramSocket()) {
      socket.connect(nameserver, PORT);
      socket.setSoTimeout(Math.max(1, (int) deadline.toMillis() / 2));
      while (System.nanoTime() < end) {
        socket.send(new DatagramPacket(bytes(), bytes().length));
        if (receives(socket)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  private boolean receives(DatagramSocket socket) throws IOException {
    var packet = new DatagramPacket(new byte[LARGEST], LARGEST);
    try {
      socket.receive(packet);
      return isAnsweredBy(packet.getData(), packet.getLength());
    } catch (java.net.SocketTimeoutException e) {
      return false;
    }
  }

  private boolean isAnsweredByTcp(InetAddress nameserver, Duration deadline) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(nameserver, PORT), (int) deadline.toMillis());
      socket.setSoTimeout((int) deadline.toMillis());
      socket.getOutputStream().write(framed());
      return isAnsweredOn(new DataInputStream(socket.getInputStream()));
    } catch (IOException e) {
      return false;
    }
  }
}

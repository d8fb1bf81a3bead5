package dev.visco.network;

import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Builds packets as a slot's guest would send them out of its namespace, and recognizes the
 * answers.
 */
final class GuestFrame {
  private static final int ETHERNET_BYTES = 14;
  private static final int IP_BYTES = 20;
  private static final int UDP = 17;
  private static final int TCP = 6;
  private static final short IPV4 = 0x0800;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int SYN_ACK = 0x12;

  private final SlotPlan plan;
  private final Ipv4 to;
  private final int port;
  private final int fromPort;

  /**
   * @param fromPort a source port that the guest is unlikely to use at this moment
   */
  GuestFrame(SlotPlan plan, Ipv4 to, int port, int fromPort) {
    this.plan = plan;
    this.to = to;
    this.port = port;
    this.fromPort = fromPort;
  }

  /** A UDP datagram without a checksum, which IPv4 allows (RFC 768). */
  byte[] datagram(byte[] payload) {
    ByteBuffer udp = ByteBuffer.allocate(8 + payload.length);
    udp.putShort((short) fromPort).putShort((short) port).putShort((short) udp.capacity());
    udp.putShort((short) 0).put(payload);
    return frame(UDP, udp.array());
  }

  /** A TCP segment that opens a connection. */
  byte[] syn(int sequence) {
    return segment(sequence, SYN);
  }

  /** A TCP segment that resets the connection of {@link #syn}. */
  byte[] reset(int sequence) {
    return segment(sequence + 1, RST);
  }

  /** The payload of the answer to {@link #datagram}; empty when this frame is not one. */
  byte[] answeredDatagram(byte[] frame) {
    return isBack(frame, UDP)
        ? Arrays.copyOfRange(
            frame, transport(frame) + Math.min(8, frame.length - transport(frame)), frame.length)
        : new byte[0];
  }

  /** Whether this frame accepts the connection of {@link #syn}. */
  boolean isAccepted(byte[] frame, int sequence) {
    int at = transport(frame);
    return isBack(frame, TCP)
        && frame.length >= at + 20
        && (frame[at + 13] & SYN_ACK) == SYN_ACK
        && ByteBuffer.wrap(frame).getInt(at + 8) == sequence + 1;
  }

  private boolean isBack(byte[] frame, int protocol) {
    if (frame.length < ETHERNET_BYTES + IP_BYTES + 8) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    int at = transport(frame);
    return bytes.getShort(12) == IPV4
        && frame[ETHERNET_BYTES + 9] == protocol
        && bytes.getInt(ETHERNET_BYTES + 12) == to.bits()
        && bytes.getInt(ETHERNET_BYTES + 16) == plan.guest().address().bits()
        && frame.length >= at + 8
        && bytes.getShort(at) == (short) port
        && bytes.getShort(at + 2) == (short) fromPort;
  }

  /** The offset of the transport's header, which follows an IP header that may have options. */
  private static int transport(byte[] frame) {
    return frame.length <= ETHERNET_BYTES
        ? frame.length
        : ETHERNET_BYTES + 4 * (frame[ETHERNET_BYTES] & 0x0f);
  }

  private byte[] segment(int sequence, int flags) {
    ByteBuffer tcp = ByteBuffer.allocate(20);
    tcp.putShort((short) fromPort).putShort((short) port).putInt(sequence).putInt(0);
    tcp.put((byte) 0x50).put((byte) flags).putShort((short) 64_240);
    ByteBuffer summed = ByteBuffer.allocate(12 + 20);
    summed.putInt(plan.guest().address().bits()).putInt(to.bits());
    summed.putShort((short) TCP).putShort((short) 20).put(tcp.array());
    tcp.putShort(16, checksum(summed.array()));
    return frame(TCP, tcp.array());
  }

  private byte[] frame(int protocol, byte[] transport) {
    ByteBuffer ip = ByteBuffer.allocate(IP_BYTES);
    ip.put((byte) 0x45).put((byte) 0).putShort((short) (IP_BYTES + transport.length));
    ip.putInt(0).put((byte) 64).put((byte) protocol).putShort((short) 0);
    ip.putInt(plan.guest().address().bits()).putInt(to.bits());
    ip.putShort(10, checksum(ip.array()));
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + IP_BYTES + transport.length);
    put(frame, plan.hostMac());
    put(frame, plan.innerMac());
    return frame.putShort(IPV4).put(ip.array()).put(transport).array();
  }

  private static void put(ByteBuffer frame, MacAddress mac) {
    for (String part : mac.value().split(":", -1)) {
      frame.put((byte) Integer.parseInt(part, 16));
    }
  }

  /** The internet checksum of RFC 1071. */
  static short checksum(byte[] bytes) {
    int sum = 0;
    for (int at = 0; at < bytes.length; at += 2) {
      sum += (bytes[at] & 255) << 8 | (at + 1 < bytes.length ? bytes[at + 1] & 255 : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}

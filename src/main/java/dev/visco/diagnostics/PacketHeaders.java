package dev.visco.diagnostics;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reduces a packet capture to the packets' headers, so that it holds nothing of what a guest and
 * its peers have sent. The format is pcap-savefile(5), as tcpdump writes it for an Ethernet device.
 */
final class PacketHeaders {
  private static final int FILE_HEADER = 24;
  private static final int PACKET_HEADER = 16;
  private static final int MAGIC = 0xa1b2c3d4;
  private static final int ETHERNET = 1;
  private static final int ETHERNET_HEADER = 14;
  private static final int ARP = 0x0806;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private PacketHeaders() {}

  /** The same packets, each truncated after its headers; empty for anything but such a capture. */
  static byte[] of(byte[] capture) {
    ByteBuffer in = ByteBuffer.wrap(capture).order(ByteOrder.LITTLE_ENDIAN);
    var out = new ByteArrayOutputStream();
    if (capture.length < FILE_HEADER || in.getInt(0) != MAGIC || in.getInt(20) != ETHERNET) {
      return out.toByteArray();
    }
    out.write(capture, 0, FILE_HEADER);
    int at = FILE_HEADER;
    while (at + PACKET_HEADER <= capture.length) {
      int length = in.getInt(at + 8);
      int start = at + PACKET_HEADER;
      if (length < 0 || length > capture.length - start) {
        break; // This packet was still being written.
      }
      int kept = Math.min(length, headers(capture, start, length));
      ByteBuffer header = ByteBuffer.allocate(PACKET_HEADER).order(ByteOrder.LITTLE_ENDIAN);
      header.put(capture, at, 8).putInt(kept).putInt(in.getInt(at + 12));
      out.write(header.array(), 0, PACKET_HEADER);
      out.write(capture, start, kept);
      at = start + length;
    }
    return out.toByteArray();
  }

  /** Length of a frame's headers; only that of Ethernet's for an unknown protocol. */
  private static int headers(byte[] all, int start, int length) {
    if (length < ETHERNET_HEADER + 20) {
      return ETHERNET_HEADER;
    }
    int internet = start + ETHERNET_HEADER;
    return ETHERNET_HEADER
        + switch ((all[start + 12] & 0xff) << 8 | all[start + 13] & 0xff) {
          case ARP -> 28;
          case IPV4 -> ipv4(all, internet, length - ETHERNET_HEADER);
          case IPV6 -> 40;
          default -> 0;
        };
  }

  private static int ipv4(byte[] all, int start, int length) {
    int own = (all[start] & 0x0f) * 4;
    boolean isFirst = ((all[start + 6] & 0x1f) << 8 | all[start + 7] & 0xff) == 0;
    if (own < 20 || !isFirst) {
      return 20;
    }
    return own
        + switch (all[start + 9]) {
          case ICMP -> 8;
          case UDP -> 8;
          case TCP -> length > own + 12 ? Math.max(20, (all[start + own + 12] >> 4 & 0x0f) * 4) : 0;
          default -> 0;
        };
  }
}

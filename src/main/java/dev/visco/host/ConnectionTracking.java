package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks the kernel's connection tracking where a connection went before a rule redirected it
 * (ctnetlink, linux/netfilter/nfnetlink_conntrack.h). The same answer as {@code SO_ORIGINAL_DST},
 * which Java cannot ask for: it does not give away its descriptors. Some microseconds a question.
 */
public final class ConnectionTracking implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_NETLINK = 16;
  private static final int NETLINK_NETFILTER = 12;
  private static final int SOCK_RAW_CLOEXEC = 3 | CLibrary.O_CLOEXEC;
  private static final int CT_GET = 1 << 8 | 1;
  private static final int CT_NEW = 1 << 8;
  private static final int NLM_F_REQUEST = 1;
  private static final int TUPLE_ORIGINAL = 1;
  private static final int TUPLE_REPLY = 2;
  private static final int TUPLE_IP = 1;
  private static final int TUPLE_PROTOCOL = 2;
  private static final int IP_SOURCE = 1;
  private static final int IP_DESTINATION = 2;
  private static final int PROTOCOL_NUMBER = 1;
  private static final int SOURCE_PORT = 2;
  private static final int DESTINATION_PORT = 3;
  private static final int NESTED = 0x8000;
  private static final int TYPE = 0x3fff;

  /** The headers of a message and of a connection in it: nlmsghdr, nfgenmsg. */
  private static final int HEADERS = 16 + 4;

  private static final int MAX_BYTES = 4096;
  private static final int WAIT_MILLIS = 1000;
  private static final byte TCP = 6;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(MAX_BYTES, 8);
  private final ReentrantLock lock = new ReentrantLock();
  private final int socket;
  private int sequence;
  private boolean closed;

  private ConnectionTracking(int socket) {
    this.socket = socket;
  }

  /**
   * The connections of a network namespace.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace, or its kernel has no ctnetlink
   */
  public static ConnectionTracking in(String netns) {
    int socket =
        NamespaceThread.run(
            netns,
            "ask for connections",
            arena -> CLibrary.socket(arena, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER));
    return new ConnectionTracking(socket);
  }

  /**
   * Where a TCP connection went before it was redirected; empty when no such connection is known.
   *
   * @param local the end at which it arrived
   * @param peer the end from which it came
   */
  public Optional<InetSocketAddress> original(InetSocketAddress local, InetSocketAddress peer) {
    lock.lock();
    try (Arena call = Arena.ofConfined()) {
      if (closed) {
        return Optional.empty();
      }
      int number = ++sequence;
      CLibrary.send(call, socket, request(call, number, local, peer));
      while (CLibrary.awaitInput(call, socket, WAIT_MILLIS)) {
        int count = CLibrary.receive(call, socket, buffer);
        ByteBuffer answer = buffer.asSlice(0, count).asByteBuffer().order(ByteOrder.nativeOrder());
        if (count >= HEADERS && answer.getInt(8) == number) {
          return answer.getShort(4) == CT_NEW ? destination(answer) : Optional.empty();
        }
      }
      return Optional.empty();
    } catch (CLibrary.Failure e) {
      throw new HostFault("connection tracking cannot be asked: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private static MemorySegment request(
      Arena arena, int number, InetSocketAddress local, InetSocketAddress peer) {
    ByteBuffer ip = attributes(16);
    attribute(ip, IP_SOURCE, local.getAddress().getAddress());
    attribute(ip, IP_DESTINATION, peer.getAddress().getAddress());
    ByteBuffer protocol = attributes(24);
    attribute(protocol, PROTOCOL_NUMBER, new byte[] {TCP});
    attribute(protocol, SOURCE_PORT, port(local));
    attribute(protocol, DESTINATION_PORT, port(peer));
    ByteBuffer tuple = attributes(48);
    attribute(tuple, TUPLE_IP | NESTED, ip.array());
    attribute(tuple, TUPLE_PROTOCOL | NESTED, protocol.array());
    MemorySegment message = arena.allocate(HEADERS + 52L);
    ByteBuffer bytes = message.asByteBuffer().order(ByteOrder.nativeOrder());
    bytes.putInt(HEADERS + 52).putShort((short) CT_GET).putShort((short) NLM_F_REQUEST);
    bytes.putInt(number).putInt(0);
    bytes.put((byte) AF_INET).put((byte) 0).putShort((short) 0);
    attribute(bytes, TUPLE_REPLY | NESTED, tuple.array());
    return message;
  }

  private static ByteBuffer attributes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  /** Aligned to four bytes (netlink(7)). */
  private static void attribute(ByteBuffer to, int type, byte[] value) {
    to.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    to.position(to.position() + (4 - value.length % 4) % 4);
  }

  private static byte[] port(InetSocketAddress address) {
    return new byte[] {(byte) (address.getPort() >> 8), (byte) address.getPort()};
  }

  private static Optional<InetSocketAddress> destination(ByteBuffer answer) {
    ByteBuffer tuple = read(answer.position(HEADERS).slice()).get(TUPLE_ORIGINAL);
    if (tuple == null) {
      return Optional.empty();
    }
    Map<Integer, ByteBuffer> parts = read(tuple);
    ByteBuffer ip =
        parts.containsKey(TUPLE_IP) ? read(parts.get(TUPLE_IP)).get(IP_DESTINATION) : null;
    ByteBuffer port =
        parts.containsKey(TUPLE_PROTOCOL)
            ? read(parts.get(TUPLE_PROTOCOL)).get(DESTINATION_PORT)
            : null;
    if (ip == null || port == null || ip.remaining() != 4 || port.remaining() != 2) {
      return Optional.empty();
    }
    byte[] address = new byte[4];
    ip.get(address);
    int number = Short.toUnsignedInt(port.order(ByteOrder.BIG_ENDIAN).getShort());
    try {
      return Optional.of(
          new InetSocketAddress((Inet4Address) InetAddress.getByAddress(address), number));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static Map<Integer, ByteBuffer> read(ByteBuffer from) {
    var found = new HashMap<Integer, ByteBuffer>();
    ByteBuffer bytes = from.order(ByteOrder.nativeOrder());
    while (bytes.remaining() >= 4) {
      int length = Short.toUnsignedInt(bytes.getShort());
      int type = bytes.getShort() & TYPE;
      int rest = length - 4;
      if (rest < 0 || rest > bytes.remaining()) {
        break;
      }
      found.put(type, bytes.slice(bytes.position(), rest).order(ByteOrder.nativeOrder()));
      bytes.position(Math.min(bytes.limit(), bytes.position() + (rest + 3 & ~3)));
    }
    return found;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        CLibrary.close(socket);
        arena.close();
      }
    } finally {
      lock.unlock();
    }
  }
}

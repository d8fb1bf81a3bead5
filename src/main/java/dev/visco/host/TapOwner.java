package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Asks the kernel by rtnetlink(7) who may open a TAP of another network namespace. {@code ip} would
 * need two processes and four milliseconds for that.
 */
final class TapOwner {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | CLibrary.O_CLOEXEC;
  private static final int RTM_GETLINK = 18;
  private static final int NLM_F_REQUEST = 1;
  private static final int NLMSG_ERROR = 2;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_TUN_OWNER = 1;
  private static final int IFLA_TUN_TYPE = 3;
  private static final int IFF_TAP = 2;

  /** The headers of a message and of a link in it: nlmsghdr, ifinfomsg. */
  private static final int HEADERS = 16 + 16;

  private static final int NESTED = 0x3fff;
  private static final int MAX_BYTES = 1 << 16;

  private TapOwner() {}

  /** The owner's uid, empty when the TAP has no owner; see {@link Host#tapOwner}. */
  static OptionalInt of(String netns, String tap) {
    return NamespaceThread.run(netns, "look for " + tap, arena -> answer(arena, netns, tap));
  }

  private static OptionalInt answer(Arena arena, String netns, String tap) throws CLibrary.Failure {
    int socket = CLibrary.socket(arena, AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
    try {
      CLibrary.send(arena, socket, request(arena, tap));
      MemorySegment buffer = arena.allocate(MAX_BYTES);
      int count = CLibrary.receive(arena, socket, buffer);
      ByteBuffer answer = buffer.asSlice(0, count).asByteBuffer().order(ByteOrder.nativeOrder());
      return read(answer, netns, tap);
    } finally {
      CLibrary.close(socket);
    }
  }

  private static MemorySegment request(Arena arena, String tap) {
    byte[] name = (tap + "\0").getBytes(StandardCharsets.UTF_8);
    int size = HEADERS + 4 + aligned(name.length);
    MemorySegment message = arena.allocate(size);
    ByteBuffer bytes = message.asByteBuffer().order(ByteOrder.nativeOrder());
    bytes.putInt(size).putShort((short) RTM_GETLINK).putShort((short) NLM_F_REQUEST);
    bytes.position(HEADERS);
    bytes.putShort((short) (4 + name.length)).putShort((short) IFLA_IFNAME).put(name);
    return message;
  }

  private static OptionalInt read(ByteBuffer answer, String netns, String tap) {
    if (answer.getShort(4) == NLMSG_ERROR) {
      throw new HostFault(
          "no TAP %s in %s: %s".formatted(tap, netns, CLibrary.message(-answer.getInt(16))));
    }
    Map<Integer, ByteBuffer> link = attributes(answer.position(HEADERS).slice());
    Map<Integer, ByteBuffer> info = attributes(link.getOrDefault(IFLA_LINKINFO, nothing()));
    Map<Integer, ByteBuffer> data = attributes(info.getOrDefault(IFLA_INFO_DATA, nothing()));
    ByteBuffer kind = info.getOrDefault(IFLA_INFO_KIND, nothing());
    ByteBuffer type = data.getOrDefault(IFLA_TUN_TYPE, nothing());
    boolean isTun = StandardCharsets.UTF_8.decode(kind).toString().equals("tun\0");
    if (!isTun || !type.hasRemaining() || type.get(0) != IFF_TAP) {
      throw new HostFault(tap + " in " + netns + " is no TAP");
    }
    ByteBuffer owner = data.get(IFLA_TUN_OWNER);
    return owner == null
        ? OptionalInt.empty()
        : OptionalInt.of(owner.order(ByteOrder.nativeOrder()).getInt(0));
  }

  private static ByteBuffer nothing() {
    return ByteBuffer.allocate(0);
  }

  private static Map<Integer, ByteBuffer> attributes(ByteBuffer bytes) {
    var found = new HashMap<Integer, ByteBuffer>();
    bytes.order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + 4 <= bytes.limit()) {
      int length = bytes.getShort(at) & 0xffff;
      if (length < 4 || at + length > bytes.limit()) {
        break;
      }
      found.put(bytes.getShort(at + 2) & NESTED, bytes.slice(at + 4, length - 4));
      at += aligned(length);
    }
    return found;
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }
}

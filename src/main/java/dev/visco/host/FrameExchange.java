package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Sends one Ethernet frame on a link of another network namespace and waits for the answer, by
 * packet(7). Such a frame passes no packet rules of that namespace, but all of those behind the
 * link.
 */
final class FrameExchange {
  private static final short AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 3 | CLibrary.O_CLOEXEC;

  /** ETH_P_ALL in the network's byte order. */
  private static final short ALL = 0x0300;

  private static final int SOCKADDR_LL_BYTES = 20;
  private static final int MAX_BYTES = 1 << 16;

  private FrameExchange() {}

  /** See {@link Host#exchange}. */
  static Optional<byte[]> ask(
      String netns, String link, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    return NamespaceThread.run(
        netns,
        "send on " + link,
        arena -> {
          // With protocol 0 it receives nothing until it is bound to its link.
          int socket = CLibrary.socket(arena, AF_PACKET, SOCK_RAW_CLOEXEC, 0);
          try {
            CLibrary.bind(arena, socket, address(arena, CLibrary.linkIndex(arena, link)));
            CLibrary.send(arena, socket, arena.allocateFrom(ValueLayout.JAVA_BYTE, frame));
            return await(arena, socket, isAnswer, deadline);
          } finally {
            CLibrary.close(socket);
          }
        });
  }

  private static Optional<byte[]> await(
      Arena arena, int socket, Predicate<byte[]> isAnswer, Duration deadline)
      throws CLibrary.Failure {
    long end = System.nanoTime() + deadline.toNanos();
    MemorySegment buffer = arena.allocate(MAX_BYTES);
    for (long left = deadline.toNanos(); left > 0; left = end - System.nanoTime()) {
      if (CLibrary.awaitInput(arena, socket, (int) Math.max(1, left / 1_000_000))) {
        int count = CLibrary.receive(arena, socket, buffer);
        byte[] received = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        if (isAnswer.test(received)) {
          return Optional.of(received);
        }
      }
    }
    return Optional.empty();
  }

  /** struct sockaddr_ll of linux/if_packet.h. */
  private static MemorySegment address(Arena arena, int link) {
    MemorySegment address = arena.allocate(SOCKADDR_LL_BYTES);
    ByteBuffer bytes = address.asByteBuffer().order(ByteOrder.nativeOrder());
    bytes.putShort(AF_PACKET).putShort(ALL).putInt(link);
    return address;
  }
}

package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The ear of a service manager: a datagram socket that keeps the lines that come. */
public final class NotifySocket implements AutoCloseable {
  private static final int MAX_BYTES = 4096;
  private final Arena arena = Arena.ofConfined();
  private final int socket;
  private final List<String> heard = new ArrayList<>();

  public NotifySocket(Path path) {
    try {
      socket = CLibrary.socket(arena, 1, 2 | CLibrary.O_CLOEXEC, 0);
      byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
      MemorySegment address = arena.allocate(3L + name.length, 2);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      CLibrary.bind(arena, socket, address);
    } catch (CLibrary.Failure e) {
      throw new HostFault("no socket at " + path, e);
    }
  }

  /** Every line so far, after waiting at most so long for one more datagram. */
  public List<String> lines(int millis) {
    try {
      if (CLibrary.awaitInput(arena, socket, millis)) {
        MemorySegment buffer = arena.allocate(MAX_BYTES);
        int count = CLibrary.receive(arena, socket, buffer);
        byte[] bytes = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        heard.addAll(new String(bytes, StandardCharsets.UTF_8).lines().toList());
      }
      return List.copyOf(heard);
    } catch (CLibrary.Failure e) {
      throw new HostFault("cannot receive", e);
    }
  }

  @Override
  public void close() {
    CLibrary.close(socket);
    arena.close();
  }
}

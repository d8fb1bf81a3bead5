package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A FIFO, which Java itself can neither create nor read without blocking. While it is open, this
 * process holds both of its ends, so that other processes notice nobody opening or closing it; see
 * fifo(7).
 */
public final class Fifo implements AutoCloseable {
  private static final int PIECE = 64 << 10;

  private final Path path;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(PIECE);
  private final int descriptor;
  private boolean isClosed;

  private Fifo(Path path) {
    this.path = path;
    try {
      descriptor =
          CLibrary.open(
              arena,
              path.toString(),
              CLibrary.O_RDWR | CLibrary.O_NONBLOCK | CLibrary.O_NOFOLLOW | CLibrary.O_CLOEXEC);
    } catch (CLibrary.Failure e) {
      arena.close();
      throw new HostFault("cannot open the FIFO " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Creates a FIFO that only the user of this process may read and write; mkfifo(3).
   *
   * @throws HostFault when it cannot be created, or the path exists
   */
  public static void make(Path path) {
    try {
      CLibrary.makeFifo(path.toString(), 0600);
    } catch (CLibrary.Failure e) {
      throw new HostFault("cannot make the FIFO " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a FIFO without waiting for another process; does not follow a link.
   *
   * @throws HostFault when it cannot be opened
   */
  public static Fifo open(Path path) {
    return new Fifo(path);
  }

  /**
   * Reads what is in it now, at most 64 KiB, without ever waiting; empty when there is nothing.
   *
   * @throws HostFault when it cannot be read
   */
  public synchronized byte[] read() {
    try (Arena call = Arena.ofConfined()) {
      int count = isClosed ? -1 : CLibrary.readNow(call, descriptor, buffer);
      return count <= 0 ? new byte[0] : buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
    } catch (CLibrary.Failure e) {
      throw new HostFault("cannot read the FIFO " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      CLibrary.close(descriptor);
      arena.close();
    }
  }
}

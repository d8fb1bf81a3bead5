package dev.visco.session;

import dev.visco.host.BlockOutput;
import dev.visco.host.Busy;
import dev.visco.host.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the output of a command in a guest, up to a limit and as long as the memory budget allows,
 * so that a guest cannot fill the daemon's memory. It grows the caller's reservation, which the
 * caller releases.
 */
final class BoundedOutput extends BlockOutput {
  private static final int STEP = 64 << 10;

  /** Memory for each byte: the byte, its copy while the array grows, and its copy in the result. */
  private static final int TIMES = 3;

  private static final Duration WAIT = Duration.ofSeconds(5);

  private final int max;
  private final MemoryBudget.Reservation taken;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private int room;
  private boolean isOver;
  private boolean isClosed;
  private @Nullable Busy busy;

  /**
   * @param max maximum number of bytes
   * @param taken the reservation to grow
   */
  BoundedOutput(int max, MemoryBudget.Reservation taken) {
    this.max = max;
    this.taken = taken;
  }

  /** Throws when there is too much output; the library then closes the command's channel. */
  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (isClosed) {
      throw new IOException("the output is no longer read");
    }
    if (kept.size() + length > max) {
      isOver = true;
      throw new IOException("too much output");
    }
    try {
      while (kept.size() + length > room) {
        taken.more("what a command in a guest says", (long) STEP * TIMES, WAIT);
        room += STEP;
      }
    } catch (Busy e) {
      busy = e;
      throw new IOException(e.getMessage(), e);
    }
    kept.write(bytes, offset, length);
  }

  /**
   * Throws if not all of the output was kept.
   *
   * @throws IOException when there was too much output
   * @throws Busy when there was no memory for it
   */
  synchronized void check() throws IOException {
    if (busy != null) {
      throw busy;
    }
    if (isOver) {
      String bound = max >= 1 << 20 ? (max >> 20) + " MiB" : (max >> 10) + " KiB";
      throw new IOException(
          "the command said more than "
              + bound
              + "; let it write to a file, or start it with streams");
    }
  }

  synchronized byte[] toByteArray() {
    return kept.toByteArray();
  }

  @Override
  public synchronized void close() {
    isClosed = true;
  }
}

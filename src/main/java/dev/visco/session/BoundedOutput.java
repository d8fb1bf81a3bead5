package dev.visco.session;

import dev.visco.host.Busy;
import dev.visco.host.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a command says, up to a bound and as long as there is memory for it: a guest must not
 * fill the daemon's. What it keeps counts in what its maker took of the budget, who gives it back.
 */
final class BoundedOutput extends OutputStream {
  private static final int STEP = 64 << 10;

  /**
   * What is held of a byte: itself, the same while the array grows, and the same in what is
   * returned.
   */
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
   * @param max bytes
   * @param taken grows with what is kept
   */
  BoundedOutput(int max, MemoryBudget.Reservation taken) {
    this.max = max;
    this.taken = taken;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /** Breaks off when the bound is passed; the library then closes the command's channel. */
  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (isClosed) {
      throw new IOException("nobody listens any more");
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
   * Says why it broke off, when it did.
   *
   * @throws IOException when the command said too much
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

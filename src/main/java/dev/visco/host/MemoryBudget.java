package dev.visco.host;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many bytes of the heap may hold what guests and other people's files make, all of it
 * together. Each reader has a bound of its own; a guest makes many readers. Whoever reads takes
 * what it may come to before the first byte, and gives it back when it holds nothing of it any
 * more.
 */
public final class MemoryBudget {
  /** A third of the daemon's heap of 192 MiB, which is small for what it serves. */
  private static final MemoryBudget SHARED = new MemoryBudget(64 << 20);

  private static final int UNIT = 1 << 10;
  private final int units;
  private final Semaphore free;

  /**
   * @param bytes in all; counted in KiB
   */
  public MemoryBudget(long bytes) {
    this.units = Math.toIntExact(bytes / UNIT);
    // Not in order: who needs little shall not wait behind one who needs much.
    this.free = new Semaphore(units);
  }

  /** The daemon's own. */
  public static MemoryBudget shared() {
    return SHARED;
  }

  /**
   * Takes bytes; more than there are in all are taken as all there are, so that the reader is
   * alone.
   *
   * @param what will be read, in words, for a message
   * @param max how long to wait for others to give theirs back
   * @throws Busy when they do not in time
   */
  public Reservation take(String what, long bytes, Duration max) {
    return new Reservation(acquire(what, bytes, max));
  }

  /** Takes nothing yet, for a reader who learns only while reading how much it comes to. */
  public Reservation nothing() {
    return new Reservation(0);
  }

  private int acquire(String what, long bytes, Duration max) {
    int wanted = units(bytes);
    try {
      if (free.tryAcquire(wanted, max.toNanos(), TimeUnit.NANOSECONDS)) {
        return wanted;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted before reading " + what, e);
    }
    throw new Busy(
        "There is no memory for %s now: it may come to %d KiB, and others hold %d of the %d KiB for what guests and files make."
            .formatted(what, wanted, units - free.availablePermits(), units));
  }

  private int units(long bytes) {
    return (int) Math.clamp((bytes + UNIT - 1) / UNIT, 0, units);
  }

  /** Bytes that nobody holds. */
  public long free() {
    return (long) free.availablePermits() * UNIT;
  }

  /** What was taken; it is given back once, however often it is closed. */
  public final class Reservation implements AutoCloseable {
    private int held;
    private boolean isClosed;

    private Reservation(int held) {
      this.held = held;
    }

    /**
     * Takes so many bytes more. Two threads may: neither holds up the other's while it waits.
     *
     * @throws Busy when others do not give theirs back in time
     */
    public void more(String what, long bytes, Duration max) {
      int wanted = acquire(what, bytes, max);
      synchronized (this) {
        if (isClosed) {
          free.release(wanted);
          return; // Whoever closed it reads no more of this.
        }
        held += wanted;
      }
    }

    /** Gives back all beyond so many bytes, when it has become clear that no more are needed. */
    public synchronized void keep(long bytes) {
      int less = Math.min(held, units(bytes));
      free.release(held - less);
      held = less;
    }

    @Override
    public synchronized void close() {
      free.release(held);
      held = 0;
      isClosed = true;
    }
  }
}

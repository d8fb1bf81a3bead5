package dev.visco.host;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Limits the heap that data from guests and from operators' files takes in total. Each reader has a
 * limit of its own, but a guest can cause many readers. A reader reserves the most that it may need
 * before the first byte, and releases it when it holds nothing of the data any more.
 */
public final class MemoryBudget {
  /** A third of the daemon's heap of 192 MiB. */
  private static final MemoryBudget SHARED = new MemoryBudget(64 << 20);

  private static final int UNIT = 1 << 10;
  private final int units;
  private final Semaphore free;

  /**
   * @param bytes in all; counted in KiB
   */
  public MemoryBudget(long bytes) {
    this.units = Math.toIntExact(bytes / UNIT);
    // Not fair: a small reservation need not wait behind a large one.
    this.free = new Semaphore(units);
  }

  /** The budget of this process. */
  public static MemoryBudget shared() {
    return SHARED;
  }

  /**
   * Reserves bytes. A request above the total reserves the total, so that its reader is alone.
   *
   * @param words for what will be read, for a message
   * @param max how long to wait for others to release theirs
   * @throws Busy when they do not release enough in time
   */
  public Reservation take(String what, long bytes, Duration max) {
    return new Reservation(acquire(what, bytes, max));
  }

  /** Reserves nothing yet, for a reader that learns the size only while reading. */
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

  /** The number of free bytes. */
  public long free() {
    return (long) free.availablePermits() * UNIT;
  }

  /** Reserved bytes; closing releases them, closing again does nothing. */
  public final class Reservation implements AutoCloseable {
    private int held;
    private boolean isClosed;

    private Reservation(int held) {
      this.held = held;
    }

    /**
     * Reserves further bytes. Threads that wait here do not block each other.
     *
     * @throws Busy when others do not release enough in time
     */
    public void more(String what, long bytes, Duration max) {
      int wanted = acquire(what, bytes, max);
      synchronized (this) {
        if (isClosed) {
          free.release(wanted);
          return; // It was closed meanwhile: nothing more is read.
        }
        held += wanted;
      }
    }

    /** Releases all but {@code bytes} bytes, once it is known that no more are needed. */
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

package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that repeats the same work for as long as the daemon runs. A round that fails, by an
 * {@link Error} too, is logged, and the next one follows after a pause: nothing but {@link #close}
 * ends the thread.
 */
public final class Loop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final long CLOSE_MILLIS = 20_000;
  private final String name;
  private final Duration pause;
  private final SteadyClock clock;
  private final Round round;
  private final Thread thread;
  private volatile boolean closed;
  private volatile long lastRound;

  /** One round of the work; it waits itself until there is something to do. */
  public interface Round {
    void go() throws InterruptedException;
  }

  /**
   * @param name of the thread and in {@code /health}
   * @param pause pause after a round that failed
   */
  public Loop(String name, Duration pause, SteadyClock clock, Round round) {
    this.name = name;
    this.pause = pause;
    this.clock = clock;
    this.round = round;
    this.lastRound = clock.nanos();
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  /**
   * A loop with a pause after each round.
   *
   * @param first pause before the first round
   * @param period pause between two rounds, also after one that failed
   */
  public static Loop every(
      String name, Duration first, Duration period, SteadyClock clock, Round round) {
    var isFirst = new AtomicBoolean(true);
    return new Loop(
        name,
        period,
        clock,
        () -> {
          if (isFirst.getAndSet(false)) {
            Thread.sleep(first);
          }
          round.go();
          Thread.sleep(period);
        });
  }

  public String name() {
    return name;
  }

  public void start() {
    lastRound = clock.nanos();
    thread.start();
  }

  private void run() {
    while (!closed) {
      try {
        round.go();
        lastRound = clock.nanos();
      } catch (InterruptedException e) {
        return;
      } catch (Throwable e) {
        if (closed) {
          return; // Caused by the interrupt of close.
        }
        LOG.error("{}: a round failed; the next one is in {}", name, pause, e);
        try {
          Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  /** Time since the end of the last successful round, or since the start before the first. */
  Duration sinceLastRound() {
    return Duration.ofNanos(Math.max(0, clock.nanos() - lastRound));
  }

  public boolean isClosed() {
    return closed;
  }

  /** Interrupts the current round and waits for its end, at most 20 s. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.visco.api.http;

import dev.visco.metrics.Metric;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Answers that last as long as their client wants: followed consoles, long polls, and WebSockets
 * for commands and desktops. They are counted and limited ({@code api.streams}).
 */
public final class Streams implements Metric.MetricSource, AutoCloseable {
  private final int max;
  private @Nullable ClientWatch clients;
  private final ConsoleFollowers consoles = new ConsoleFollowers();
  private final Map<String, Integer> counts = new TreeMap<>();
  private int all;
  private long refused;

  /**
   * @param max how many at a time ({@code api.streams})
   */
  public Streams(int max) {
    this.max = max;
  }

  /**
   * Registers one; refused when the limit is reached.
   *
   * @param kind for {@code /metrics}
   * @param client where its client may be seen to leave; null where it is seen otherwise
   */
  public Stream open(String kind, @Nullable SocketChannel client) {
    synchronized (this) {
      if (all >= max) {
        refused++;
        throw new Refused(
            new Refusal.LimitReached(
                "api.streams",
                max + " answers wait or follow already.",
                "End one, or set api.streams (VISCO_STREAMS) higher."));
      }
      all++;
      counts.merge(kind, 1, Integer::sum);
    }
    return new Stream(kind, client);
  }

  /** Started on first use: without followers no thread is needed. */
  private synchronized ClientWatch clients() {
    ClientWatch known = clients;
    if (known == null) {
      known = new ClientWatch();
      clients = known;
    }
    return known;
  }

  private synchronized void leave(String kind) {
    all--;
    counts.merge(kind, -1, Integer::sum); // Stays at 0, so that /metrics goes on telling it.
  }

  /** How many there are now. */
  public synchronized int count() {
    return all;
  }

  /** One registered answer: waits for what it follows, and for its client to disconnect. */
  public final class Stream implements AutoCloseable {
    private final String kind;
    private final Semaphore happened = new Semaphore(0);
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final ClientWatch.@Nullable WatchedClient client;
    private volatile boolean isLeft;

    private Stream(String kind, @Nullable SocketChannel client) {
      this.kind = kind;
      this.client = client == null ? null : clients().watch(client, this::left);
    }

    private void left() {
      isLeft = true;
      wake();
    }

    /** Whether the client has disconnected or sent its next request. */
    public boolean isLeft() {
      return isLeft;
    }

    /** Ends the current wait, or the next one if none is going on. */
    public void wake() {
      happened.release();
    }

    /** Wakes on every change of this console file, until closed. */
    public ConsoleFollowers.Following follow(Path console) {
      return consoles.follow(console, this::wake);
    }

    /** True if woken, false if the time is up. */
    public boolean await(Duration max) {
      try {
        boolean isWoken = happened.tryAcquire(max.toNanos(), TimeUnit.NANOSECONDS);
        happened.drainPermits();
        return isWoken;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isLeft = true;
        return false;
      }
    }

    @Override
    public void close() {
      if (isClosed.compareAndSet(false, true)) {
        if (client != null) {
          client.close();
        }
        leave(kind);
      }
    }
  }

  @Override
  public synchronized List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    counts.forEach((kind, count) ->
        metrics.add(
            new Metric(
                "visco.api.streams",
                false,
                "answers that wait or follow now",
                Map.of("kind", kind),
                count)));
    metrics.add(
        new Metric(
            "visco.api.consoles",
            false,
            "consoles that are followed now, by however many",
            Map.of(),
            consoles.files()));
    metrics.add(
        new Metric(
            "visco.api.streams.refused",
            true,
            "answers that were not let wait or follow, since there were too many",
            Map.of(),
            refused));
    return metrics;
  }

  @Override
  public synchronized void close() {
    if (clients != null) {
      clients.close();
    }
  }
}

package dev.visco.api.http;

import dev.visco.metrics.Metric;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that last as long as their client wants: followed consoles, long polls, and WebSockets
 * for commands and desktops. They are counted and limited ({@code api.streams}).
 */
public final class Streams implements Metric.MetricSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

  /** So long a stream goes on at most after its token was revoked or has expired. */
  private static final Duration CHECK = Duration.ofSeconds(1);

  private final int max;
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private @Nullable Thread checker;
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
   * @param isCurrent whether what the client has shown still holds; asked every {@link #CHECK}
   * @param onRevoked run once when it does not
   */
  Stream open(
      String kind, @Nullable SocketChannel client, BooleanSupplier isCurrent, Runnable onRevoked) {
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
    var stream = new Stream(kind, client, isCurrent, onRevoked);
    open.add(stream);
    checker();
    return stream;
  }

  /** Opens one kind of them, for one client. */
  public interface Registration {
    /**
     * Registers one; refused when the limit is reached.
     *
     * @param onRevoked run once when what the client has shown does not hold any more
     */
    Stream open(Runnable onRevoked);
  }

  /** Started on first use, as {@link #clients} is. */
  private synchronized void checker() {
    if (checker == null) {
      checker = Thread.ofVirtual().name("tokens of streams").start(this::check);
    }
  }

  private void check() {
    try {
      while (true) {
        Thread.sleep(CHECK);
        open.forEach(Stream::check);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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

  /** Who writes, and when it is interrupted, by {@link System#nanoTime}. */
  private record WriteEnd(Thread writer, long nanos) {}

  /** One registered answer: waits for what it follows, and for its client to disconnect. */
  public final class Stream implements AutoCloseable {
    private final String kind;
    private final Semaphore happened = new Semaphore(0);
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final ClientWatch.@Nullable WatchedClient client;
    private final BooleanSupplier isCurrent;
    private final Runnable onRevoked;
    private final AtomicBoolean isRevoked = new AtomicBoolean();
    private final AtomicReference<@Nullable WriteEnd> writeEnd = new AtomicReference<>();
    private volatile boolean isLeft;

    private Stream(
        String kind,
        @Nullable SocketChannel client,
        BooleanSupplier isCurrent,
        Runnable onRevoked) {
      this.kind = kind;
      this.isCurrent = isCurrent;
      this.onRevoked = onRevoked;
      this.client = client == null ? null : clients().watch(client, this::left);
    }

    private void check() {
      checkWrite();
      try {
        if (!isCurrent.getAsBoolean() && isRevoked.compareAndSet(false, true)) {
          wake();
          Thread.ofVirtual().name("end of a " + kind).start(onRevoked);
        }
      } catch (RuntimeException | Error e) {
        LOG.error("a {} could not be checked; it is checked again in {}", kind, CHECK, e);
      }
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

    /**
     * True if woken, false if the time is up.
     *
     * @throws Refused when what the client has shown does not hold any more
     */
    public boolean await(Duration max) {
      try {
        boolean isWoken = happened.tryAcquire(max.toNanos(), TimeUnit.NANOSECONDS);
        happened.drainPermits();
        if (isRevoked.get()) {
          throw new Refused(
              new Refusal.Unauthorized(
                  "The token of this request was revoked or has expired.", "Use another one."));
        }
        return isWoken;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isLeft = true;
        return false;
      }
    }

    /** Writes to the client. */
    public interface StreamWrite {
      void run() throws IOException;
    }

    /**
     * Writes to the client, which may take so long for it: afterwards the write is interrupted, a
     * second late at most, and fails as if the client had gone.
     */
    public void within(Duration max, StreamWrite write) throws IOException {
      writeEnd.set(new WriteEnd(Thread.currentThread(), System.nanoTime() + max.toNanos()));
      try {
        write.run();
      } finally {
        WriteEnd end = writeEnd.getAndSet(null);
        if (end == null) {
          var _ = Thread.interrupted(); // Of a write that took too long, and of nothing else.
          isLeft = true;
        }
      }
    }

    private void checkWrite() {
      WriteEnd end = writeEnd.get();
      if (end != null && System.nanoTime() - end.nanos() > 0 && writeEnd.compareAndSet(end, null)) {
        LOG.info("a client of {} takes nothing of it, and is let go", kind);
        end.writer().interrupt();
      }
    }

    @Override
    public void close() {
      if (isClosed.compareAndSet(false, true)) {
        if (client != null) {
          client.close();
        }
        open.remove(this);
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
    if (checker != null) {
      checker.interrupt();
    }
  }
}

package dev.visco.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Work over something large in pieces, by a few threads at once: for what somebody waits for. */
public final class Pieces {
  /** More would only wait for the same memory. */
  private static final int MAX_THREADS = 4;

  private Pieces() {}

  /** The work on one piece; {@code end} is the first byte after it. */
  public interface Piece {
    void run(long start, long end) throws IOException;
  }

  /**
   * Returns when all pieces are done, or throws what the first of them threw once none runs.
   *
   * @param bytes all of it
   * @param piece the size of a piece; the last one may be smaller
   * @param work is called by several threads at once
   */
  public static void each(long bytes, long piece, Piece work) throws IOException {
    long count = (bytes + piece - 1) / piece;
    int threads = (int) Math.min(count, Math.min(MAX_THREADS, cores()));
    if (threads < 2) {
      share(bytes, piece, 0, 1, work);
      return;
    }
    var running = new ArrayList<Future<?>>();
    // Closing it waits for all of them.
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (int number = 0; number < threads; number++) {
        int first = number;
        running.add(
            pool.submit(() -> {
              share(bytes, piece, first, threads, work);
              return null;
            }));
      }
    }
    for (Future<?> one : running) {
      result(one);
    }
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** Every so many-th piece: neighbours cost about the same, so that all are done together. */
  private static void share(long bytes, long piece, int first, int threads, Piece work)
      throws IOException {
    for (long at = first * piece; at < bytes; at += threads * piece) {
      work.run(at, Math.min(bytes, at + piece));
    }
  }

  private static void result(Future<?> one) throws IOException {
    try {
      one.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), io);
        case RuntimeException other -> throw other;
        case Error other -> throw other;
        case null, default -> throw new IllegalStateException("a piece throws nothing else", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    }
  }
}

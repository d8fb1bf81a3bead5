package dev.visco.api.desktop;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A cache for answers that are slow and often asked for: per key one is computed at a time,
 * concurrent callers share it, and it is kept for some seconds.
 */
final class SharedAnswers<K, V> {
  private final Duration kept;
  private final Map<K, SharedAnswer<V>> answers = new ConcurrentHashMap<>();

  /** An answer, and when it was completed by {@link System#nanoTime}; 0 until then. */
  private static final class SharedAnswer<V> {
    private final CompletableFuture<V> value = new CompletableFuture<>();
    private volatile long madeAt;

    boolean isOld(Duration kept) {
      return value.isDone() && System.nanoTime() - madeAt > kept.toNanos();
    }
  }

  /**
   * @param kept how long an answer is given again
   */
  SharedAnswers(Duration kept) {
    this.kept = kept;
  }

  /** The result or exception of {@code maker}, or of the call that another caller made. */
  V get(K key, Supplier<V> maker) {
    answers.values().removeIf(answer -> answer.isOld(kept));
    var mine = new SharedAnswer<V>();
    SharedAnswer<V> found = answers.computeIfAbsent(key, one -> mine);
    if (found == mine) {
      make(mine, maker);
    }
    try {
      return found.value.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void make(SharedAnswer<V> answer, Supplier<V> maker) {
    try {
      V made = maker.get();
      answer.madeAt = System.nanoTime();
      answer.value.complete(made);
    } catch (RuntimeException | Error e) {
      answer.madeAt = System.nanoTime();
      answer.value.completeExceptionally(e);
    }
  }

  /** How many answers are cached or being computed. */
  int size() {
    return answers.size();
  }
}

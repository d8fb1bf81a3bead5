package dev.visco.api;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Answers that take long and that many may ask for: one at a time is made for each key, whoever
 * asks meanwhile gets the same, and so does who asks within some seconds after it.
 */
final class SharedAnswers<K, V> {
  private final Duration kept;
  private final Map<K, SharedAnswer<V>> answers = new ConcurrentHashMap<>();

  /** One that is being made, or was made by {@link System#nanoTime}; 0 as long as it is not. */
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

  /** What {@code maker} makes or throws, or made or threw for another who asked. */
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

  /** How many are kept or being made. */
  int size() {
    return answers.size();
  }
}

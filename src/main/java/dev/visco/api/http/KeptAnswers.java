package dev.visco.api.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers of a list, kept until something changes: many who ask for the same again and again cost
 * one reading of the rows. Bounded in bytes; what was asked for longest ago goes first.
 */
public final class KeptAnswers {
  private final long max;
  private final Map<String, Kept> answers = new LinkedHashMap<>(16, 0.75f, true);
  private long size;

  /**
   * @param max bytes of all answers together; one that has more than a quarter of it is not kept
   */
  public KeptAnswers(long max) {
    this.max = max;
  }

  /**
   * One answer.
   *
   * @param version of what it was made of
   * @param link its Link field; null for none
   */
  record Kept(long version, byte[] body, @Nullable String link) {}

  /** The answer to this request, if it was made of the same version. */
  synchronized Optional<Kept> find(String request, long version) {
    return Optional.ofNullable(answers.get(request)).filter(one -> one.version() == version);
  }

  synchronized void keep(String request, Kept answer) {
    remove(request);
    if (answer.body().length > max / 4) {
      return;
    }
    answers.put(request, answer);
    size += weight(request, answer);
    while (size > max) {
      remove(answers.keySet().iterator().next());
    }
  }

  private void remove(String request) {
    Kept old = answers.remove(request);
    if (old != null) {
      size -= weight(request, old);
    }
  }

  private static long weight(String request, Kept answer) {
    return 2L * request.length() + answer.body().length;
  }

  /** How many there are. */
  synchronized int count() {
    return answers.size();
  }
}

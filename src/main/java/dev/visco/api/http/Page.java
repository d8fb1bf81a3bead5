package dev.visco.api.http;

import dev.visco.model.Refused;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A list in pages: each has at most {@code limit} entries, and a {@code Link} header to the next
 * page if there is one (RFC 8288). Its route is {@link Route#inPages}.
 *
 * @param cursor the query's parameter that a next page is asked for with
 * @param at an entry's value of it
 */
public record Page<T>(String cursor, Function<T, ?> at) {
  /** Entries of a page. */
  public static final int MAX = 1000;

  /** Entries of a page below {@code /api/v1} whose size nobody named. */
  public static final int USUAL = 100;

  /**
   * Answers one page; {@code limit} in the query is at most {@value #MAX}.
   *
   * @param earlier how many without a limit, but below {@code /api/v1}
   * @param entries gives at most so many
   * @param document of an entry
   */
  public void answer(
      Exchange exchange, int earlier, IntFunction<List<T>> entries, Function<T, ?> document) {
    long asked = exchange.number("limit", exchange.isVersioned() ? USUAL : earlier);
    if (asked == 0) {
      throw Refused.invalid("limit", "0", "is no page", "Give 1 to " + MAX + ".");
    }
    int limit = (int) Math.min(asked, MAX);
    List<T> found = entries.apply(limit + 1);
    boolean hasNext = found.size() > limit;
    List<T> page = hasNext ? found.subList(0, limit) : found;
    List<?> documents = page.stream().map(document).toList();
    if (hasNext) {
      exchange.page(documents, cursor, at.apply(page.getLast()).toString());
    } else {
      exchange.items(documents);
    }
  }
}

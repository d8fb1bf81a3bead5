package dev.visco.client;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A list: its first page, or all of its entries, for which further pages are asked as needed. */
public final class Pages<T> implements Iterable<T> {
  private final Function<String, Page<T>> load;

  /**
   * @param load gives the page of a cursor, the first one for null
   */
  Pages(Function<String, Page<T>> load) {
    this.load = load;
  }

  /** The first page. */
  public Page<T> first() {
    return load.apply(null);
  }

  /** All entries. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {
      private Page<T> page = first();
      private Iterator<T> entries = page.items().iterator();

      @Override
      public boolean hasNext() {
        while (!entries.hasNext() && page.next() != null) {
          page = load.apply(page.next());
          entries = page.items().iterator();
        }
        return entries.hasNext();
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return entries.next();
      }
    };
  }
}

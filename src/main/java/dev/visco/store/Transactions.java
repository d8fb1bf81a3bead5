package dev.visco.store;

import java.util.function.Function;

/** Transactions on a database. */
public interface Transactions {
  /**
   * Runs {@code work} in a transaction, which is on disk when this returns; an exception rolls it
   * back.
   */
  <T> T write(Function<Sql, T> work);

  /** Runs {@code work} on a snapshot of the committed rows. */
  <T> T read(Function<Sql, T> work);

  /**
   * A number that is another one after each write transaction of this process, as soon as it
   * returns: what was read after this number was taken is still right while it is the same.
   */
  long version();
}

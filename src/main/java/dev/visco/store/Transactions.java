package dev.visco.store;

import java.util.function.Function;

/** Where rows are: whole transactions on one database, whichever it is. */
public interface Transactions {
  /**
   * Runs {@code work} in a transaction that is on disk when this returns; an exception undoes all
   * of it.
   */
  <T> T write(Function<Sql, T> work);

  /** Runs {@code work} on a snapshot of what is committed. */
  <T> T read(Function<Sql, T> work);
}

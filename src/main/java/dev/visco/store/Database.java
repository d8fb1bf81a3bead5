package dev.visco.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Transactions on two connections. One writes, behind a lock: several would wait for each other
 * inside native code and hold up every virtual thread.
 */
final class Database implements Transactions, AutoCloseable {
  private final Dialect dialect;
  private final Connection writer;
  private final Connection reader;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock reading = new ReentrantLock();

  /** Both connections are closed with it. */
  Database(Dialect dialect, Connection writer, Connection reader) {
    this.dialect = dialect;
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public <T> T write(Function<Sql, T> work) {
    return write(work, () -> {});
  }

  /**
   * The same.
   *
   * @param committed runs after the commit and before the next transaction that writes
   */
  <T> T write(Function<Sql, T> work, Runnable committed) {
    writing.lock();
    try {
      T result = transaction(writer, work);
      committed.run();
      return result;
    } finally {
      writing.unlock();
    }
  }

  @Override
  public <T> T read(Function<Sql, T> work) {
    reading.lock();
    try {
      return transaction(reader, work);
    } finally {
      reading.unlock();
    }
  }

  private <T> T transaction(Connection connection, Function<Sql, T> work) {
    try {
      connection.setAutoCommit(false);
      try {
        T result = work.apply(new Sql(connection, dialect));
        connection.commit();
        return result;
      } catch (RuntimeException | Error e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new StoreFault("commit", e);
    }
  }

  /** Closes each connection once nobody is in the middle of something. */
  @Override
  public void close() throws SQLException {
    writing.lock();
    reading.lock();
    try (writer;
        reader) {
      // Both are closed on the way out, the last one first.
    } finally {
      reading.unlock();
      writing.unlock();
    }
  }
}

package dev.visco.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Transactions on two connections, one of which writes. A lock admits one writer: several would
 * wait for each other in native code and block the virtual threads' carriers.
 */
final class Database implements Transactions, AutoCloseable {
  private final Dialect dialect;
  private final Connection writer;
  private final Connection reader;
  private final PreparedStatements writes;
  private final PreparedStatements reads;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock reading = new ReentrantLock();
  private final AtomicLong version = new AtomicLong();

  /** Takes over both connections and closes them. */
  Database(Dialect dialect, Connection writer, Connection reader) {
    this.dialect = dialect;
    this.writer = writer;
    this.reader = reader;
    this.writes = new PreparedStatements(writer);
    this.reads = new PreparedStatements(reader);
  }

  @Override
  public <T> T write(Function<Sql, T> work) {
    return write(work, () -> {});
  }

  /**
   * As {@link #write(Function)}.
   *
   * @param committed runs after the commit and before the next write transaction
   */
  <T> T write(Function<Sql, T> work, Runnable committed) {
    writing.lock();
    try {
      T result;
      try {
        result = transaction(writer, writes, work);
      } finally {
        version.incrementAndGet(); // After a failure, too: it may have been committed.
      }
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
      return transaction(reader, reads, work);
    } finally {
      reading.unlock();
    }
  }

  @Override
  public long version() {
    return version.get();
  }

  private <T> T transaction(
      Connection connection, PreparedStatements statements, Function<Sql, T> work) {
    try {
      connection.setAutoCommit(false);
      try {
        T result = work.apply(new Sql(statements, dialect));
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

  /** Closes each connection once its transaction has ended. */
  @Override
  public void close() throws SQLException {
    writing.lock();
    reading.lock();
    try (writer;
        reader) {
      // Closed at the end of the block, the last one first.
    } finally {
      reading.unlock();
      writing.unlock();
    }
  }
}

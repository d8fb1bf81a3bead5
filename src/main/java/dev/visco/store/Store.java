package dev.visco.store;

import dev.visco.host.ProcessRef;
import dev.visco.model.InstallationId;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The rows, on SQLite with a write-ahead log that is synced at every commit. One connection writes,
 * behind a lock: several would wait for each other inside native code and hold up every virtual
 * thread. Only one process may have it open.
 */
public final class Store implements AutoCloseable {
  /** The newest migration in {@code db/migration}. */
  private static final int SCHEMA = 5;

  private static final String INSTALLATION = "installation";

  private final Path data;
  private final FolderLock lock;
  private final Connection writer;
  private final Connection reader;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock reading = new ReentrantLock();

  private Store(Path data, FolderLock lock, Connection writer, Connection reader) {
    this.data = data;
    this.lock = lock;
    this.writer = writer;
    this.reader = reader;
  }

  /**
   * Opens the store in this folder, made if need be; refused while another process has it, or a
   * newer Visco wrote it.
   */
  public static Store open(Path data) {
    FolderLock lock = FolderLock.take(data);
    Path file = data.resolve(DataFolder.STORE);
    try {
      DataFolder.removeHalves(data);
      makePrivate(file);
      return open(data, lock, file);
    } catch (SQLException | IOException | FlywayException e) {
      close(lock);
      throw new Refused(
          new Refusal.HostLacks(
              "store",
              "The store " + file + " cannot be used: " + e.getMessage(),
              "If the file is damaged, move it away: running VMs are then swept as orphans."));
    } catch (RuntimeException e) {
      close(lock);
      throw e;
    }
  }

  private static Store open(Path data, FolderLock lock, Path file) throws SQLException {
    String url = "jdbc:sqlite:" + file;
    Connection writer = connect(url);
    try {
      migrate(writer, url, file);
      return new Store(data, lock, writer, connect(url));
    } catch (SQLException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  /** Before SQLite opens it, which gives the write-ahead log the mode of the database. */
  private static void makePrivate(Path file) throws IOException {
    var mode = PosixFilePermissions.fromString("rw-------");
    if (Files.exists(file)) {
      Files.setPosixFilePermissions(file, mode);
    } else {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(mode));
    }
  }

  /** The process that has the data folder open, empty when none has. */
  public static Optional<ProcessRef> holder(Path data) {
    return FolderLock.holder(data);
  }

  private static Connection connect(String url) throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=FULL");
      statement.execute("PRAGMA busy_timeout=10000");
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /**
   * Flyway takes a third of a second to find that nothing is to be done, so it is asked only when
   * something is.
   */
  private static void migrate(Connection connection, String url, Path file) throws SQLException {
    int found;
    try (Statement statement = connection.createStatement();
        var rows = statement.executeQuery("PRAGMA user_version")) {
      found = rows.getInt(1);
    }
    if (found > SCHEMA) {
      throw new Refused(
          new Refusal.Conflict(
              "The store "
                  + file
                  + " was written by a newer Visco (schema "
                  + found
                  + ", this one knows "
                  + SCHEMA
                  + ").",
              "Run that version, or set data (VISCO_DATA) to another folder."));
    }
    if (found < SCHEMA) {
      Flyway.configure()
          .dataSource(url, null, null)
          .locations("classpath:db/migration")
          .load()
          .migrate();
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA user_version=" + SCHEMA);
      }
    }
  }

  /**
   * Runs {@code work} in a transaction that is on disk when this returns; an exception undoes all
   * of it.
   */
  public <T> T write(Function<Sql, T> work) {
    writing.lock();
    try {
      return transaction(writer, work);
    } finally {
      writing.unlock();
    }
  }

  /** Runs {@code work} on a snapshot of what is committed. */
  public <T> T read(Function<Sql, T> work) {
    reading.lock();
    try {
      return transaction(reader, work);
    } finally {
      reading.unlock();
    }
  }

  private static <T> T transaction(Connection connection, Function<Sql, T> work) {
    try {
      connection.setAutoCommit(false);
      try {
        T result = work.apply(new Sql(connection));
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

  /** A fact about this installation; {@code first} makes it when there is none yet. */
  public String fact(String name, String first) {
    return write(sql -> {
      sql.update(
          "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
          name,
          first);
      return sql.first("SELECT value FROM facts WHERE name = ?", row -> row.getString(1), name)
          .orElseThrow();
    });
  }

  /** A fact, empty when nobody has recorded it. */
  public Optional<String> findFact(String name) {
    return read(
        sql -> sql.first("SELECT value FROM facts WHERE name = ?", row -> row.getString(1), name));
  }

  /** Records a fact in place of what was there. */
  public void setFact(String name, String value) {
    write(sql ->
        sql.update(
            "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value));
  }

  /** Takes a fact away. */
  public void removeFact(String name) {
    write(sql -> sql.update("DELETE FROM facts WHERE name = ?", name));
  }

  /**
   * This data folder's id, made at its first use. It stands in a file of its own, so that no store
   * that is lost, restored or made anew gives the host's networks and machines another owner.
   * Refused when file and store name two different ones.
   */
  public InstallationId installation(RandomGenerator random) {
    InstallationId id = InstallationFile.of(data, findFact(INSTALLATION), random);
    fact(INSTALLATION, id.value());
    return id;
  }

  @Override
  public void close() {
    // Each connection once nobody is in the middle of something, the lock last: until then the
    // folder is ours.
    writing.lock();
    reading.lock();
    try (lock;
        writer;
        reader) {
      // All three are closed on the way out, the last one first.
    } catch (SQLException e) {
      throw new StoreFault("close", e);
    } catch (IOException e) {
      throw new StoreFault("lock", e);
    } finally {
      reading.unlock();
      writing.unlock();
    }
  }

  private static void close(FolderLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new StoreFault("lock", e);
    }
  }
}

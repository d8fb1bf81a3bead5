package dev.visco.store;

import dev.visco.model.InstallationId;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
  private static final int SCHEMA = 1;

  private final FileChannel lockFile;
  private final Connection writer;
  private final Connection reader;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock reading = new ReentrantLock();

  private Store(FileChannel lockFile, Connection writer, Connection reader) {
    this.lockFile = lockFile;
    this.writer = writer;
    this.reader = reader;
  }

  /**
   * Opens the store in this folder, made if need be; refused while another process has it, or a
   * newer Visco wrote it.
   */
  public static Store open(Path data) {
    FileChannel lock = lock(data);
    Path file = data.resolve("visco.db");
    String url = "jdbc:sqlite:" + file;
    try {
      makePrivate(file);
      Connection writer = connect(url);
      migrate(writer, url, file);
      Connection reader = connect(url);
      return new Store(lock, writer, reader);
    } catch (SQLException | IOException | FlywayException e) {
      close(lock);
      throw new Refused(
          new Refusal.HostLacks(
              "store",
              "The store " + file + " cannot be used: " + e.getMessage(),
              "If the file is damaged, move it away: running VMs are then swept as orphans."));
    } catch (Refused e) {
      close(lock);
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

  private static FileChannel lock(Path data) {
    Path file = data.resolve("lock");
    try {
      Files.createDirectories(data);
      // VMMs run as their own users and must reach their files below.
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null;
      }
      if (lock == null) {
        channel.close();
        throw new Refused(
            new Refusal.Conflict(
                "Process "
                    + Files.readString(file).strip()
                    + " uses the data folder "
                    + data
                    + " already.",
                "Stop it (visco down), or set data (VISCO_DATA) to another folder."));
      }
      channel.truncate(0);
      channel.write(StandardCharsets.UTF_8.encode(ProcessHandle.current().pid() + "\n"));
      return channel;
    } catch (IOException e) {
      throw new Refused(
          new Refusal.HostLacks(
              "data folder",
              "The data folder " + data + " cannot be used: " + e.getMessage(),
              "Run as root, or set data (VISCO_DATA) to another folder."));
    }
  }

  /** The pid of the process that has the data folder open, empty when none has. */
  public static Optional<Long> holder(Path data) {
    Path file = data.resolve("lock");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null
          ? Optional.empty()
          : Optional.of(Long.parseLong(Files.readString(file).strip()));
    } catch (OverlappingFileLockException e) {
      return Optional.of(ProcessHandle.current().pid());
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Connection connect(String url) throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=FULL");
      statement.execute("PRAGMA busy_timeout=10000");
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

  /** Takes a fact away. */
  public void removeFact(String name) {
    write(sql -> sql.update("DELETE FROM facts WHERE name = ?", name));
  }

  /** This data folder's id, made at its first use. */
  public InstallationId installation(RandomGenerator random) {
    return new InstallationId(fact("installation", "%04x".formatted(random.nextInt(1 << 16))));
  }

  @Override
  public void close() {
    // Each connection once nobody is in the middle of something, the lock last: until then the
    // folder is ours.
    writing.lock();
    reading.lock();
    try (lockFile;
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

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreFault("lock", e);
    }
  }
}

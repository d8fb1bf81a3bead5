package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.sqlite.SQLiteException;

/** The database's file: it is migrated, checked and copied here. */
final class StoreFile {
  /** The newest migration in {@code db/migration/sqlite}, and in each other dialect's folder. */
  static final int SCHEMA = 28;

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

  private StoreFile() {}

  private static String url(Path file) {
    return "jdbc:sqlite:" + file;
  }

  static Connection connect(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection(url(file));
    try {
      Dialect.SQLITE.configure(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /** To be called before SQLite opens the file: the write-ahead log gets the database's mode. */
  static void makePrivate(Path file) throws IOException {
    var mode = PosixFilePermissions.fromString("rw-------");
    if (Files.exists(file)) {
      Files.setPosixFilePermissions(file, mode);
    } else {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(mode));
    }
  }

  /**
   * The damage of a file; none when it is intact.
   *
   * @throws SQLException when it cannot be checked for a reason outside the file
   */
  static List<String> problems(Path file) throws SQLException {
    try (Connection connection = connect(file)) {
      return RowDigests.problems(connection);
    } catch (SQLException e) {
      if (isDamage(e)) {
        return List.of(String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  private static boolean isDamage(SQLException e) {
    return e instanceof SQLiteException one
        && switch (one.getResultCode().name().toUpperCase(Locale.ROOT)) {
          case String code when code.startsWith("SQLITE_CORRUPT") -> true;
          case "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_IOERR_SHORT_READ", "SQLITE_ERROR" -> true;
          default -> false;
        };
  }

  private static int schema(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        var rows = statement.executeQuery("PRAGMA user_version")) {
      return rows.getInt(1);
    }
  }

  /** The schema of a file, as far as that can be read; 0 for a damaged one. */
  static int schema(Path file) throws SQLException {
    try (Connection connection = connect(file)) {
      return schema(connection);
    } catch (SQLException e) {
      if (isDamage(e)) {
        return 0;
      }
      throw e;
    }
  }

  /** The refusal of a file that a newer version wrote. */
  static Refused newer(Path file, int schema, Advice advice) {
    return new Refused(
        new Refusal.Conflict(
            "The store "
                + file
                + " was written by a newer Visco (schema "
                + schema
                + ", this one knows "
                + SCHEMA
                + ").",
            advice));
  }

  /**
   * Migrates it to the newest schema, and computes the rows' digests. Flyway needs a third of a
   * second to find out that there is nothing to do, so it is called only when the schema is old.
   */
  static void migrate(Connection connection, Path file) throws SQLException {
    int found = schema(connection);
    if (found > SCHEMA) {
      throw newer(file, found, Advice.words("Run that version."));
    }
    if (found < SCHEMA) {
      RowDigests.unseal(connection);
      Flyway.configure()
          .dataSource(url(file), null, null)
          .locations(Dialect.SQLITE.migrations())
          .load()
          .migrate();
      RowDigests.execute(connection, "PRAGMA user_version=" + SCHEMA);
    }
    if (!RowDigests.isSealed(connection)) {
      RowDigests.seal(connection);
    }
  }

  /** A time for names of files, which sort by it. */
  static String date(Instant now) {
    return DATE.format(now);
  }

  /**
   * Writes a complete and checked copy, or none at all.
   *
   * @throws StoreFault when the original is damaged
   */
  static void copy(Path file, Path target) throws SQLException, IOException {
    Path half = DurableFiles.half(target);
    makePrivate(half);
    try {
      try (Connection connection = connect(file);
          var statement = connection.prepareStatement("VACUUM INTO ?")) {
        requireGood(RowDigests.problems(connection), file);
        statement.setString(1, half.toString());
        statement.execute();
      }
      requireGood(problems(half), half);
      place(half, target);
    } finally {
      for (String more : List.of("", "-wal", "-shm", "-journal")) {
        Files.deleteIfExists(half.resolveSibling(half.getFileName() + more));
      }
    }
  }

  private static void requireGood(List<String> problems, Path file) {
    if (!problems.isEmpty()) {
      throw new StoreFault(
          "check " + file, new IOException("it is damaged: " + String.join("; ", problems)));
    }
  }

  /** Renames a finished file; the rename is on the disk when this returns. */
  static void place(Path half, Path target) throws IOException {
    try (var channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncFolder(Objects.requireNonNull(target.toAbsolutePath().getParent()));
  }
}

package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import org.flywaydb.core.api.FlywayException;

/**
 * A copy of a store in a file of its own that nobody else has open, with this version's schema: for
 * reading the rows of a data folder while its daemon runs.
 */
public final class StoreCopy implements Transactions, AutoCloseable {
  /** The schema of this version's stores. */
  public static final int SCHEMA = StoreFile.SCHEMA;

  private final Connection writer;
  private final Database rows;
  private final String host;

  private StoreCopy(Connection writer, Connection reader) {
    this.writer = writer;
    this.rows = new Database(Dialect.SQLITE, writer, reader);
    this.host = rows.read(FolderHost::recorded).orElse(FolderHost.DEFAULT);
  }

  /**
   * Copies the store of a data folder as it is now, whether a daemon has it open or not. Refused
   * where there is none, and for one that is damaged or was written by a newer Visco.
   *
   * @param target is made
   */
  public static StoreCopy make(Path data, Path target) {
    Path file = data.resolve(DataFolder.STORE);
    if (!Files.isRegularFile(file)) {
      throw new Refused(
          new Refusal.Conflict(
              "There is no store in " + data + ": nothing of Visco's is there.",
              "Name the data folder that is meant (--data, VISCO_DATA)."));
    }
    try {
      StoreFile.copy(file, target);
      return open(target);
    } catch (SQLException | IOException | StoreFault e) {
      throw unusable(file, e);
    }
  }

  /** Opens a copy; refused as {@link #make} is. */
  public static StoreCopy open(Path file) {
    try {
      List<String> problems = StoreFile.problems(file);
      if (!problems.isEmpty()) {
        throw unusable(file, new IOException("it is damaged: " + problems.getFirst()));
      }
      Connection writer = StoreFile.connect(file);
      try {
        StoreFile.migrate(writer, file);
        return new StoreCopy(writer, StoreFile.connect(file));
      } catch (SQLException | RuntimeException e) {
        writer.close();
        throw e;
      }
    } catch (SQLException | FlywayException e) {
      throw unusable(file, e);
    }
  }

  private static Refused unusable(Path file, Exception e) {
    Throwable cause = e instanceof StoreFault && e.getCause() != null ? e.getCause() : e;
    return new Refused(
        new Refusal.HostLacks(
            "store",
            "The store " + file + " cannot be read: " + cause.getMessage(),
            "A start of the daemon mends what can be mended, and says what else can be done."));
  }

  /**
   * Removes the users' credentials from the copy: not even as they are encrypted are they in its
   * file from then on. What the vault has of VMs stays.
   */
  public void removeCredentials() {
    try {
      RowTriggers.add(writer, key -> {});
      RowDigests.execute(writer, "DELETE FROM secrets WHERE vm IS NULL");
      // What VMs have of them stays theirs: nothing is taken out of them for being gone here.
      RowDigests.execute(writer, "DELETE FROM vm_credentials");
      RowDigests.execute(writer, "VACUUM"); // Pages that are free would still have them.
      RowDigests.execute(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SQLException e) {
      throw new StoreFault("remove credentials", e);
    }
  }

  /** The name of the host whose rows these are. */
  public String host() {
    return host;
  }

  @Override
  public <T> T write(Function<Sql, T> work) {
    throw new UnsupportedOperationException("a copy is read only");
  }

  @Override
  public long version() {
    return rows.version();
  }

  @Override
  public <T> T read(Function<Sql, T> work) {
    return rows.read(work);
  }

  @Override
  public void close() {
    try {
      rows.close();
    } catch (SQLException e) {
      throw new StoreFault("close", e);
    }
  }
}

package dev.visco.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.flywaydb.core.Flyway;

/** The databases that rows may lie on, for tests of what has to be the same on each. */
enum TestDatabase {
  /** As the daemon opens it. */
  SQLITE {
    @Override
    Opened open(Path folder) {
      Store store = Store.open(folder);
      return new Opened(store, store);
    }
  },
  /** A server of this JVM's own; each test has a database of its own on it. */
  POSTGRESQL {
    @Override
    Opened open(Path folder) throws SQLException {
      Database rows = Server.newDatabase();
      return new Opened(rows, rows);
    }
  };

  /** Opens an empty one with the newest schema. */
  abstract Opened open(Path folder) throws SQLException;

  /** One that is open, whichever it is. */
  record Opened(Transactions rows, AutoCloseable whole) implements Transactions, AutoCloseable {
    @Override
    public <T> T write(Function<Sql, T> work) {
      return rows.write(work);
    }

    @Override
    public <T> T read(Function<Sql, T> work) {
      return rows.read(work);
    }

    @Override
    public long version() {
      return rows.version();
    }

    @Override
    public void close() throws Exception {
      whole.close();
    }

    /** The first column of the first row. */
    String one(String query) {
      return read(sql -> sql.first(query, row -> row.getString(1)).orElseThrow());
    }
  }

  /** Started by the first test that needs it; it ends with the JVM. */
  private static final class Server {
    private static final String TEMPLATE = "visco";
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off") // Nothing of a test is to outlive a power cut.
                .setServerConfig("full_page_writes", "off")
                .setServerConfig("shared_buffers", "16MB")
                .start();
        create(server, "CREATE DATABASE " + TEMPLATE);
        Flyway.configure()
            .dataSource(server.getJdbcUrl("postgres", TEMPLATE), null, null)
            .locations(Dialect.POSTGRESQL.migrations())
            .load()
            .migrate();
        return server;
      } catch (IOException | SQLException e) {
        throw new IllegalStateException("no PostgreSQL can be started", e);
      }
    }

    private static void create(EmbeddedPostgres server, String text) throws SQLException {
      try (Connection connection =
              DriverManager.getConnection(server.getJdbcUrl("postgres", "postgres"));
          Statement statement = connection.createStatement()) {
        statement.execute(text);
      }
    }

    static Database newDatabase() throws SQLException {
      String name = TEMPLATE + COUNT.incrementAndGet();
      create(SERVER, "CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
      return new Database(Dialect.POSTGRESQL, connect(name), connect(name));
    }

    private static Connection connect(String name) throws SQLException {
      Connection connection = DriverManager.getConnection(SERVER.getJdbcUrl("postgres", name));
      Dialect.POSTGRESQL.configure(connection);
      return connection;
    }
  }
}

package dev.visco.store;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name of the host in a data folder's rows. A folder belongs to one host, so that renaming the
 * host renames it in all rows; the name is used only in the store.
 */
final class FolderHost {
  private static final Logger LOG = LoggerFactory.getLogger(FolderHost.class);

  /** The default name of a host. */
  static final String DEFAULT = "local";

  private FolderHost() {}

  /** The host's name in the rows; empty when there are none yet. */
  static Optional<String> recorded(Sql sql) {
    return sql.first(
        "SELECT host FROM facts UNION SELECT host FROM vms ORDER BY 1 LIMIT 1",
        row -> row.getString(1));
  }

  /**
   * Renames the host in all rows.
   *
   * @return the new name
   */
  static String rename(Sql sql, String host, String wanted) {
    if (!wanted.equals(host)) {
      for (String table : tables(sql)) {
        sql.update("UPDATE " + table + " SET host = ? WHERE host = ?", wanted, host);
      }
      LOG.info("this host was called {}, and is called {} from now on", host, wanted);
    }
    return wanted;
  }

  private static List<String> tables(Sql sql) {
    return sql.query(
        "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c"
            + " WHERE m.type = 'table' AND c.name = 'host' ORDER BY m.name",
        row -> row.getString(1));
  }
}

package dev.visco.store;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name of the host under which a data folder's rows stand. A folder is one host's, so a host
 * that gets another name takes its rows with it; nothing outside the store has this name in it.
 */
final class FolderHost {
  private static final Logger LOG = LoggerFactory.getLogger(FolderHost.class);

  /** What a host is called that nobody has given a name. */
  static final String DEFAULT = "local";

  private FolderHost() {}

  /** The host's name in the rows that there are; empty when there is none yet. */
  static Optional<String> recorded(Sql sql) {
    return sql.first(
        "SELECT host FROM facts UNION SELECT host FROM vms ORDER BY 1 LIMIT 1",
        row -> row.getString(1));
  }

  /**
   * Gives the rows of a host its new name.
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

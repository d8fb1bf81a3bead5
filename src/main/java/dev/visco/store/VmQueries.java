package dev.visco.store;

/** Beginnings of queries of VMs' rows, each by an index; their one parameter is the host. */
final class VmQueries {
  private VmQueries() {}

  /** The query of all or of living VMs, by an index in the order of creation. */
  static String all(Sql sql, boolean all) {
    return all
        ? "SELECT * FROM vms" + sql.dialect().indexedBy("vms_created") + " WHERE host = ?"
        : "SELECT *" + live(sql);
  }

  /** Living VMs, by an index without destroyed ones, so that the cost does not grow with them. */
  static String live(Sql sql) {
    return " FROM vms"
        + sql.dialect().indexedBy("vms_live")
        + " WHERE host = ? AND state <> 'destroyed'";
  }
}

package dev.visco.store;

import java.util.function.Function;

/**
 * Removes old rows in small batches, so that no change of a VM waits long. The newest event and
 * view are kept, so that their ids are not reused.
 */
public final class Retention {
  /** What stands in the place of an address whose retention has ended. */
  public static final String REMOVED = "(removed)";

  private static final int LOT = 200;
  private final Transactions store;
  private final String host;

  public Retention(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * Removes the rows of VMs that were destroyed before a time, in milliseconds after the epoch.
   *
   * @return the number of rows
   */
  public int removeDestroyedVms(long before) {
    return inLots(sql ->
        sql.update(
            "DELETE FROM vms WHERE id IN (SELECT id FROM vms"
                + " WHERE host = ? AND state = 'destroyed' AND changed < ? LIMIT ?)",
            host,
            before,
            LOT));
  }

  /** Removes events before a time. */
  public int removeEvents(long before) {
    return removeAllButNewest("events", "at", before);
  }

  /** Removes desktop views that ended before a time. */
  public int removeDesktopViews(long before) {
    return removeAllButNewest("desktop_views", "ended", before);
  }

  /** Removes the addresses of desktop views that ended before a time. */
  public int removeViewerAddresses(long before) {
    return inLots(sql ->
        sql.update(
            "UPDATE desktop_views SET address = ? WHERE id IN (SELECT id FROM desktop_views"
                + " WHERE host = ? AND ended < ? AND address <> ? LIMIT ?)",
            REMOVED,
            host,
            before,
            REMOVED,
            LOT));
  }

  /** Removes deliveries of webhooks that came to their end before a time. */
  public int removeDeliveries(long before) {
    return inLots(sql ->
        sql.update(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
                + " WHERE host = ? AND state <> 'pending' AND changed < ? LIMIT ?)",
            host,
            before,
            LOT));
  }

  /** Removes sign-ins that ended before a time, and what happened in them. */
  public int removeSignIns(long before) {
    String ended = "SELECT id FROM sign_ins WHERE host = ? AND ended < ? ORDER BY id LIMIT ?";
    return inLots(sql -> {
      sql.update("DELETE FROM sign_in_events WHERE sign_in IN (" + ended + ")", host, before, LOT);
      return sql.update("DELETE FROM sign_ins WHERE id IN (" + ended + ")", host, before, LOT);
    });
  }

  /** Removes entries of the audit from before a time. */
  public int removeAudit(long before) {
    return removeAllButNewest("audit", "at", before);
  }

  /**
   * Removes rows from before a time, but not the one with the highest id.
   *
   * @param time the column with the time that counts
   */
  private int removeAllButNewest(String table, String time, long before) {
    String text =
        "DELETE FROM %1$s WHERE id IN (SELECT id FROM %1$s WHERE host = ? AND %2$s < ?"
            + " AND id < (SELECT MAX(id) FROM %1$s) LIMIT ?)";
    return inLots(sql -> sql.update(text.formatted(table, time), host, before, LOT));
  }

  /** Runs each batch in a transaction of its own; others may write in between. */
  private int inLots(Function<Sql, Integer> lot) {
    int all = 0;
    for (int gone = LOT; gone == LOT; all += gone) {
      gone = store.write(lot);
    }
    return all;
  }
}

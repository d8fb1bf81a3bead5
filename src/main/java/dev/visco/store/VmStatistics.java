package dev.visco.store;

import dev.visco.model.StartKind;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Map;

/** The numbers of VMs and the outcomes of their creates on one host. */
public final class VmStatistics {
  private final Transactions store;
  private final String host;

  public VmStatistics(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** A create that failed. */
  public record FailedCreate(VmId id, String owner, String spec, String step) {}

  /**
   * Creates on this release that failed after the last one that succeeded, oldest first.
   *
   * @param since only those that ended after this, in milliseconds after the epoch
   */
  public List<FailedCreate> failuresInARow(String release, long since) {
    return store.read(sql ->
        sql.query(
            "SELECT id, owner, spec, step FROM vms WHERE host = ? AND release = ? AND outcome = 'failed' AND settled > ?"
                + " AND settled > COALESCE((SELECT MAX(settled) FROM vms WHERE host = ? AND release = ? AND outcome = 'ready'), 0)"
                + " ORDER BY settled",
            row ->
                new FailedCreate(
                    new VmId(row.getString("id")),
                    row.getString("owner"),
                    row.getString("spec"),
                    row.getString("step")),
            host,
            release,
            since,
            host,
            release));
  }

  /** The number of VMs that are not destroyed, by release and state. */
  public List<Count> states() {
    return store.read(sql ->
        sql.query(
            "SELECT release, state AS word, COUNT(*) AS number FROM vms"
                + " WHERE host = ? AND state <> 'destroyed' GROUP BY release, state",
            Count::of,
            host));
  }

  /** How long users' VMs took until they were ready, by how they came to run. */
  public Map<StartKind, ReadyTimes.Times> readyTimes() {
    return store.read(sql -> ReadyTimes.of(sql, host));
  }

  /** The number of creates that succeeded or failed since the store was made, by release. */
  public List<Count> outcomes() {
    return store.read(sql -> Tallies.of(sql, host, Tallies.OUTCOME));
  }
}

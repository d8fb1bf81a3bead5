package dev.visco.store;

import dev.visco.model.VmSpec;
import java.util.List;
import java.util.Optional;

/**
 * Which release new VMs of one host use. Every change is one transaction that also holds what it
 * means for the releases and the event that tells of it, and happens only while the row is as it
 * was seen: so nobody finds a half switch.
 */
public final class RolloutRows {
  private final Transactions store;
  private final String host;

  public RolloutRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  public RolloutRow get() {
    return store.read(sql -> get(sql, host));
  }

  static RolloutRow get(Sql sql, String host) {
    return sql.first(
            "SELECT * FROM rollouts WHERE host = ?",
            row ->
                new RolloutRow(
                    row.getString("current"),
                    row.getString("previous"),
                    row.getLong("since"),
                    row.getLong("revision")),
            host)
        .orElse(new RolloutRow(VmSpec.QEMU, null, 0, 0));
  }

  /**
   * New VMs use this release from now on.
   *
   * @param seen the row when the canaries began
   * @param accepted known vulnerabilities that the operator takes upon themselves
   * @return empty when somebody changed the row meanwhile, or the release is gone
   */
  public Optional<RolloutRow> use(
      RolloutRow seen, String release, List<String> accepted, String event, long now) {
    String told = EventRows.withCaller(event);
    return store.write(sql -> {
      Optional<ReleaseRow> row = ReleaseRows.find(sql, host, release);
      boolean isThere = row.isPresent() || release.equals(VmSpec.QEMU);
      boolean isSame = seen.current().equals(release);
      var next =
          new RolloutRow(
              release, isSame ? seen.previous() : seen.current(), now, seen.revision() + 1);
      if (!isThere || !replace(sql, seen, next)) {
        return Optional.empty();
      }
      row.ifPresent(one -> ReleaseRows.accept(sql, one, host, accepted));
      EventRows.add(sql, host, "release-used", null, told, now);
      return Optional.of(next);
    });
  }

  /**
   * New VMs use the previous release again; there is nothing further to go back to then.
   *
   * @param failure why the release is left for good, empty when an operator only goes back
   * @return empty when somebody changed the row meanwhile, or there is nothing to go back to
   */
  public Optional<RolloutRow> rollBack(
      RolloutRow seen, Optional<String> failure, String kind, String event, long now) {
    String previous = seen.previous();
    if (previous == null) {
      return Optional.empty();
    }
    String told = EventRows.withCaller(event);
    return store.write(sql -> {
      var next = new RolloutRow(previous, null, now, seen.revision() + 1);
      if (!replace(sql, seen, next)) {
        return Optional.empty();
      }
      failure.ifPresent(why ->
          ReleaseRows.setStatus(
              sql, host, seen.current(), ReleaseRow.ReleaseStatus.ROLLED_BACK, why, now));
      EventRows.add(sql, host, kind, null, told, now);
      return Optional.of(next);
    });
  }

  /** Failed creates up to now do not count any more. */
  public Optional<RolloutRow> forgive(RolloutRow seen, String kind, String event, long now) {
    String told = EventRows.withCaller(event);
    return store.write(sql -> {
      var next = new RolloutRow(seen.current(), seen.previous(), now, seen.revision() + 1);
      if (!replace(sql, seen, next)) {
        return Optional.empty();
      }
      EventRows.add(sql, host, kind, null, told, now);
      return Optional.of(next);
    });
  }

  private boolean replace(Sql sql, RolloutRow seen, RolloutRow next) {
    sql.update(
        "INSERT INTO rollouts (host, current, previous, since, revision) VALUES (?, ?, NULL, 0, 0) ON CONFLICT (host) DO NOTHING",
        host,
        VmSpec.QEMU);
    return sql.update(
            "UPDATE rollouts SET current = ?, previous = ?, since = ?, revision = ? WHERE host = ? AND revision = ?",
            next.current(),
            next.previous(),
            next.since(),
            next.revision(),
            host,
            seen.revision())
        == 1;
  }
}

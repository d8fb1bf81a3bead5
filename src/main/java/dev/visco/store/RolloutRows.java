package dev.visco.store;

import dev.visco.model.VmSpec;
import java.util.List;
import java.util.Optional;

/**
 * The release of new VMs of one host. Each change is one transaction together with the releases'
 * rows and its event, and happens only while the row is as the caller read it. So nobody sees half
 * of a change.
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
   * Sets the release of new VMs.
   *
   * @param seen the row when the canaries began
   * @param accepted known vulnerabilities that the operator accepts
   * @return empty when the row was changed meanwhile, or the release was removed
   */
  public Optional<RolloutRow> use(
      RolloutRow seen, String release, List<String> accepted, String event, long now) {
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
      EventRows.add(sql, host, NewEvent.of(EventKind.RELEASE_USED, event).subject(release), now);
      return Optional.of(next);
    });
  }

  /**
   * Sets the release of new VMs to the previous one. After that there is no previous release.
   *
   * @param failure why the release failed; empty when an operator only goes back
   * @return empty when the row was changed meanwhile, or there is no previous release
   */
  public Optional<RolloutRow> rollBack(
      RolloutRow seen, Optional<String> failure, EventKind kind, String event, long now) {
    String previous = seen.previous();
    if (previous == null) {
      return Optional.empty();
    }
    return store.write(sql -> {
      var next = new RolloutRow(previous, null, now, seen.revision() + 1);
      if (!replace(sql, seen, next)) {
        return Optional.empty();
      }
      failure.ifPresent(why ->
          ReleaseRows.setStatus(
              sql, host, seen.current(), ReleaseRow.ReleaseStatus.ROLLED_BACK, why, now));
      EventRows.add(sql, host, NewEvent.of(kind, event).subject(previous), now);
      return Optional.of(next);
    });
  }

  /** Stops counting the failed creates up to now. */
  public Optional<RolloutRow> forgive(RolloutRow seen, EventKind kind, String event, long now) {
    return store.write(sql -> {
      var next = new RolloutRow(seen.current(), seen.previous(), now, seen.revision() + 1);
      if (!replace(sql, seen, next)) {
        return Optional.empty();
      }
      EventRows.add(sql, host, NewEvent.of(kind, event).subject(seen.current()), now);
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

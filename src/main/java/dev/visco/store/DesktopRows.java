package dev.visco.store;

import dev.visco.model.VmId;
import dev.visco.store.GrantRow.GrantKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Grants for the desktops of one host's VMs, and their views. Grants expire by the monotonic clock,
 * so that setting the wall clock neither ends nor prolongs them: each {@code now} of a grant is in
 * milliseconds since the host's boot. Times of views are for people, and so of the wall clock.
 */
public final class DesktopRows {
  /** The maximum number of views of a VM in a list. */
  private static final int MAX_VIEWS = 1000;

  /** The fact with the host's boot in which the grants were made. */
  private static final String GRANTS_BOOT = "grants-boot";

  private final Transactions store;
  private final String host;

  public DesktopRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static GrantRow grant(ResultSet row) throws SQLException {
    return new GrantRow(
        new VmId(row.getString("vm")),
        GrantKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getString("viewer"),
        row.getInt("view_only") != 0,
        row.getLong("expires"),
        row.getString("token"));
  }

  private static ViewRow view(ResultSet row) throws SQLException {
    return new ViewRow(
        row.getLong("id"),
        new VmId(row.getString("vm")),
        row.getString("viewer"),
        row.getString("address"),
        row.getInt("view_only") != 0,
        row.getLong("began"),
        Sql.longOrNull(row, "ended"));
  }

  /** Records a secret's digest, and removes what has expired. */
  public void grant(String secret, GrantRow grant, long now) {
    store.write(sql -> insert(sql, secret, grant, now));
  }

  private int insert(Sql sql, String secret, GrantRow grant, long now) {
    sql.update("DELETE FROM desktop_grants WHERE host = ? AND expires <= ?", host, now);
    return sql.update(
        "INSERT INTO desktop_grants (digest, host, vm, kind, viewer, view_only, expires, token)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        Secrets.digest(secret),
        host,
        grant.vm().value(),
        grant.kind().word(),
        grant.viewer(),
        grant.viewOnly() ? 1 : 0,
        grant.expires(),
        grant.token());
  }

  /** The grant of a secret; empty when it is unknown, expired, of another kind or another VM's. */
  public Optional<GrantRow> find(VmId vm, GrantKind kind, String secret, long now) {
    return store.read(sql -> find(sql, vm, kind, secret, now));
  }

  private Optional<GrantRow> find(Sql sql, VmId vm, GrantKind kind, String secret, long now) {
    return sql.first(
        "SELECT * FROM desktop_grants"
            + " WHERE digest = ? AND host = ? AND vm = ? AND kind = ? AND expires > ?",
        DesktopRows::grant,
        Secrets.digest(secret),
        host,
        vm.value(),
        kind.word(),
        now);
  }

  /** Redeems a ticket: its grant is returned once only. */
  public Optional<GrantRow> redeem(VmId vm, String ticket, long now) {
    // Guesses end here, so that they do not occupy the only writer.
    return find(vm, GrantKind.TICKET, ticket, now).isEmpty()
        ? Optional.empty()
        : store.write(sql -> taken(sql, vm, ticket, now));
  }

  private Optional<GrantRow> taken(Sql sql, VmId vm, String ticket, long now) {
    Optional<GrantRow> found = find(sql, vm, GrantKind.TICKET, ticket, now);
    found.ifPresent(
        grant -> sql.update("DELETE FROM desktop_grants WHERE digest = ?", Secrets.digest(ticket)));
    return found;
  }

  /** Redeems a ticket and grants a page's key instead. */
  public Optional<GrantRow> exchange(VmId vm, String ticket, String key, long expires, long now) {
    if (find(vm, GrantKind.TICKET, ticket, now).isEmpty()) {
      return Optional.empty();
    }
    return store.write(sql ->
        taken(sql, vm, ticket, now)
            .map(used -> {
              var page =
                  new GrantRow(
                      vm, GrantKind.PAGE, used.viewer(), used.viewOnly(), expires, used.token());
              insert(sql, key, page, now);
              return page;
            }));
  }

  /** Removes all grants of a VM. */
  public void forget(VmId vm) {
    store.write(sql ->
        sql.update("DELETE FROM desktop_grants WHERE host = ? AND vm = ?", host, vm.value()));
  }

  /**
   * Records the beginning of a view.
   *
   * @return the view's id
   */
  public long begin(VmId vm, String viewer, String address, boolean viewOnly, long now) {
    return store.write(sql ->
        sql.first(
                "INSERT INTO desktop_views (host, vm, viewer, address, view_only, began)"
                    + " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                row -> row.getLong(1),
                host,
                vm.value(),
                viewer,
                address,
                viewOnly ? 1 : 0,
                now)
            .orElseThrow());
  }

  /** Records the end of a view; a second call does nothing. */
  public void end(long view, long now) {
    store.write(sql ->
        sql.update(
            "UPDATE desktop_views SET ended = ? WHERE host = ? AND id = ? AND ended IS NULL",
            now,
            host,
            view));
  }

  /**
   * Ends the views that a killed daemon left open, and removes grants that have expired, as well as
   * those of an earlier boot of the host, since their age is unknown.
   *
   * @param boot the host's boot, at which the monotonic clock began
   * @param steady milliseconds since then
   * @param now the end of the views, by the wall clock
   * @return the number of views
   */
  public int recover(String boot, long steady, long now) {
    return store.write(sql -> {
      boolean isSame = FactRows.find(sql, host, GRANTS_BOOT).filter(boot::equals).isPresent();
      sql.update("DELETE FROM desktop_grants WHERE host = ? AND expires <= ?", host, steady);
      if (!isSame) {
        sql.update("DELETE FROM desktop_grants WHERE host = ?", host);
        FactRows.set(sql, host, GRANTS_BOOT, boot);
      }
      return sql.update(
          "UPDATE desktop_views SET ended = ? WHERE host = ? AND ended IS NULL", now, host);
    });
  }

  /** The views of a VM, newest first, at most {@value #MAX_VIEWS}. */
  public List<ViewRow> views(VmId vm) {
    return views(vm, MAX_VIEWS, Long.MAX_VALUE);
  }

  /**
   * One page of the views of a VM, newest first.
   *
   * @param before only those with a lower id
   */
  public List<ViewRow> views(VmId vm, int limit, long before) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM desktop_views WHERE host = ? AND vm = ? AND id < ? ORDER BY id DESC LIMIT ?",
            DesktopRows::view,
            host,
            vm.value(),
            before,
            limit));
  }
}

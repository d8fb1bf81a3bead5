package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Links to ports of one host's guests. They go with their VM and with their token. */
public final class LinkRows {
  /** How many links a VM may have at a time. */
  public static final int MAX = 64;

  private final Transactions store;
  private final String host;

  public LinkRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static LinkRow map(ResultSet row) throws SQLException {
    return new LinkRow(
        row.getString("id"),
        new VmId(row.getString("vm")),
        row.getInt("port"),
        row.getString("creator"),
        row.getString("token"),
        row.getLong("created"),
        row.getLong("expires"));
  }

  /**
   * Records a link by its secret's digest, and removes those that have expired. Refused when its VM
   * has too many.
   */
  public void add(LinkRow link, String secret, long now) {
    store.write(sql -> {
      sql.update("DELETE FROM links WHERE host = ? AND expires <= ?", host, now);
      if (list(sql, link.vm(), now).size() >= MAX) {
        throw new Refused(
            new Refusal.LimitReached(
                "links", "The VM " + link.vm() + " has " + MAX + " links.", "Remove one of them."));
      }
      return sql.update(
          "INSERT INTO links (id, host, vm, port, digest, creator, token, created, expires)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          link.id(),
          host,
          link.vm().value(),
          link.port(),
          Secrets.digest(secret),
          link.creator(),
          link.token(),
          link.created(),
          link.expires());
    });
  }

  /** Those of a VM that have not expired, newest first. */
  public List<LinkRow> list(VmId vm, long now) {
    return store.read(sql -> list(sql, vm, now));
  }

  private List<LinkRow> list(Sql sql, VmId vm, long now) {
    return sql.query(
        "SELECT * FROM links WHERE host = ? AND vm = ? AND expires > ? ORDER BY created DESC, id",
        LinkRows::map,
        host,
        vm.value(),
        now);
  }

  /** The link of a secret; empty when there is none of this VM's port, or it has expired. */
  public Optional<LinkRow> find(VmId vm, int port, String secret, long now) {
    return store.read(sql ->
        sql.first(
            "SELECT * FROM links"
                + " WHERE digest = ? AND host = ? AND vm = ? AND port = ? AND expires > ?",
            LinkRows::map,
            Secrets.digest(secret),
            host,
            vm.value(),
            port,
            now));
  }

  /** Whether there still is this link. */
  public boolean isThere(String id, long now) {
    return store.read(sql ->
        sql.first(
                "SELECT 1 FROM links WHERE host = ? AND id = ? AND expires > ?",
                row -> true,
                host,
                id,
                now)
            .isPresent());
  }

  /** Removes a link of a VM; false when it has none of this id. */
  public boolean remove(VmId vm, String id) {
    return store.write(sql ->
        sql.update("DELETE FROM links WHERE host = ? AND vm = ? AND id = ?", host, vm.value(), id))
        > 0;
  }

  /** Removes all links of a VM. */
  public void forget(VmId vm) {
    store.write(sql -> sql.update("DELETE FROM links WHERE host = ? AND vm = ?", host, vm.value()));
  }
}

package dev.visco.store;

import dev.visco.model.TokenRole;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who did what on one host; kept for {@code retention.audit}. */
public final class AuditRows {
  private static final String NO_ROLE = "link";

  private final Transactions store;
  private final String host;

  public AuditRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static AuditRow map(ResultSet row) throws SQLException {
    String role = row.getString("role");
    Long status = Sql.longOrNull(row, "status");
    return new AuditRow(
        row.getLong("id"),
        row.getLong("at"),
        row.getString("caller"),
        role.equals(NO_ROLE) ? null : TokenRole.of(role),
        row.getString("owner"),
        row.getString("address"),
        row.getString("method"),
        row.getString("route"),
        row.getString("target"),
        row.getString("vm"),
        status == null ? null : status.intValue());
  }

  /**
   * Records that it begins, before anything is done.
   *
   * @param entry its id and status are not read
   * @return its id
   */
  public long begin(AuditRow entry) {
    TokenRole role = entry.role();
    return store.write(sql ->
        sql.first(
                "INSERT INTO audit (host, at, caller, role, owner, address, method, route, target, vm)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                row -> row.getLong(1),
                host,
                entry.at(),
                entry.caller(),
                role == null ? NO_ROLE : role.word(),
                entry.owner(),
                entry.address(),
                entry.method(),
                entry.route(),
                entry.target(),
                entry.vm())
            .orElseThrow());
  }

  /**
   * Records how it ended.
   *
   * @param owner whose VM it turned out to be about; null leaves what was recorded
   * @param vm the same for the VM
   */
  public void end(long id, int status, @Nullable String owner, @Nullable String vm) {
    store.write(sql ->
        sql.update(
            "UPDATE audit SET status = ?, owner = COALESCE(?, owner), vm = COALESCE(?, vm)"
                + " WHERE host = ? AND id = ?",
            status,
            owner,
            vm,
            host,
            id));
  }

  /**
   * What is asked for; null leaves a condition out.
   *
   * @param user the user on whose behalf it was, or whose VM it was about
   * @param since milliseconds after the epoch
   */
  public record Query(@Nullable String user, @Nullable String vm, long since) {}

  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  public List<AuditRow> page(Query query, int limit, long before) {
    var text = new StringBuilder("SELECT * FROM audit WHERE host = ? AND id < ? AND at >= ?");
    var values = new ArrayList<@Nullable Object>(List.of(host, before, query.since()));
    if (query.user() != null) {
      text.append(" AND owner = ?");
      values.add(query.user());
    }
    if (query.vm() != null) {
      text.append(" AND vm = ?");
      values.add(query.vm());
    }
    values.add(limit);
    return store.read(
        sql -> sql.query(text + " ORDER BY id DESC LIMIT ?", AuditRows::map, values.toArray()));
  }
}

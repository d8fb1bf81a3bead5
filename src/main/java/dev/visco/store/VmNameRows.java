package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** VMs by what people call them. */
public final class VmNameRows {
  /** How many VMs are told of when a text may mean several. */
  private static final int MAX_TOLD = 5;

  private final Transactions store;
  private final String host;

  VmNameRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * A VM that a text may mean.
   *
   * @param owner whose it is
   */
  public record Candidate(VmId id, String owner) {}

  /**
   * The VMs that a text may mean: that of this id, with or without {@code vm-}, also if it is
   * destroyed; else those of this name; else those whose ids begin so. Names and beginnings are
   * those of VMs that are not destroyed.
   *
   * @param owner only this user's; null for all
   * @return none, the one, or some of several
   */
  public List<Candidate> find(String text, @Nullable String owner) {
    boolean isBeginning = text.matches("vm-[0-9a-f]{0,8}|[0-9a-f]{1,8}");
    String beginning = text.startsWith("vm-") ? text : "vm-" + text;
    return store.read(sql -> {
      if (isBeginning && beginning.length() == 11) {
        List<Candidate> found = found(sql, "FROM vms WHERE host = ? AND id = ?", beginning, owner);
        if (!found.isEmpty()) {
          return found;
        }
      }
      List<Candidate> named = found(sql, VmQueries.live(sql) + " AND name = ?", text, owner);
      return named.isEmpty() && isBeginning
          ? found(
              sql,
              VmQueries.live(sql) + " AND substr(id, 1, " + beginning.length() + ") = ?",
              beginning,
              owner)
          : named;
    });
  }

  private List<Candidate> found(Sql sql, String from, String value, @Nullable String owner) {
    String query =
        "SELECT id, owner "
            + from
            + (owner == null ? "" : " AND owner = ? AND purpose IN ('user', 'sign-in')")
            + " ORDER BY id LIMIT "
            + MAX_TOLD;
    return sql.query(
        query,
        row -> new Candidate(new VmId(row.getString("id")), row.getString("owner")),
        owner == null ? new Object[] {host, value} : new Object[] {host, value, owner});
  }

  /**
   * Refuses a name that another of the same user's VMs has.
   *
   * @param name null for none
   * @param own the VM that is to have it
   */
  static void requireFree(Sql sql, String host, String owner, @Nullable String name, VmId own) {
    if (name == null) {
      return;
    }
    Optional<String> other =
        sql.first(
            "SELECT id"
                + VmQueries.live(sql)
                + " AND owner = ? AND purpose = 'user' AND name = ? AND id <> ?",
            row -> row.getString(1),
            host,
            owner,
            name,
            own.value());
    other.ifPresent(id -> {
      throw new Refused(
          new Refusal.Conflict(
              "The name \"" + name + "\" is that of the VM " + id + ".",
              "Give another name, or rename or destroy that VM."));
    });
  }
}

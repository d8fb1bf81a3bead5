package dev.visco.store;

import dev.visco.model.VmId;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where the credentials of one host's users are in their VMs. Rows go with their VM. */
public final class VmCredentialRows {
  private static final String ORDER = " ORDER BY owner, provider, vm";

  private final Transactions store;
  private final String host;

  public VmCredentialRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  private static VmCredentialRow map(ResultSet row) throws SQLException {
    return new VmCredentialRow(
        new VmId(row.getString("vm")),
        row.getString("provider"),
        row.getString("owner"),
        row.getString("secret"),
        row.getLong("version"),
        Sql.longOrNull(row, "coming"),
        VmCredentialRow.state(row.getString("state")),
        VmCredentialRow.form(row.getString("form")),
        row.getString("reason"),
        row.getInt("pinned") != 0,
        paths(row.getString("paths")),
        row.getString("stamp"),
        row.getInt("tries"),
        row.getLong("due"),
        row.getLong("changed"));
  }

  private static List<String> paths(String text) {
    return Arrays.stream(text.split(" ")).filter(path -> !path.isEmpty()).toList();
  }

  /**
   * All of them, by owner, provider and VM.
   *
   * @param owner only this user's; null for all users'
   */
  public List<VmCredentialRow> list(@Nullable String owner) {
    return store.read(sql -> list(sql, owner));
  }

  private List<VmCredentialRow> list(Sql sql, @Nullable String owner) {
    return sql.query(
        "SELECT * FROM vm_credentials WHERE host = ? AND owner = COALESCE(?, owner)" + ORDER,
        VmCredentialRows::map,
        host,
        owner);
  }

  /** Those of a VM. */
  public List<VmCredentialRow> of(VmId vm) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM vm_credentials WHERE host = ? AND vm = ?" + ORDER,
            VmCredentialRows::map,
            host,
            vm.value()));
  }

  /**
   * What becomes of a user's.
   *
   * @param written those that are new or changed
   * @param removed those of which nothing is in their VM
   */
  public record Decision(List<VmCredentialRow> written, List<VmCredentialRow> removed) {
    /** Whether all stays as it is. */
    public boolean isNothing() {
      return written.isEmpty() && removed.isEmpty();
    }
  }

  /**
   * Decides in one transaction what becomes of a user's; two at once never decide for both of two
   * VMs of which one may have it.
   *
   * @param decide is called once or twice, with those that there are
   */
  public void decide(String owner, Function<List<VmCredentialRow>, Decision> decide) {
    if (decide.apply(list(owner)).isNothing()) {
      return;
    }
    store.write(sql -> {
      Decision decided = decide.apply(list(sql, owner));
      decided.removed().forEach(row -> remove(sql, row.vm(), row.provider()));
      decided.written().forEach(row -> write(sql, row));
      return decided;
    });
  }

  /** Changes one; empty when it is not there any more, as after its VM is gone. */
  public Optional<VmCredentialRow> change(
      VmId vm, String provider, UnaryOperator<VmCredentialRow> next) {
    return change(vm, provider, next, row -> Optional.empty(), 0);
  }

  /**
   * The same with its event, in one transaction.
   *
   * @param event of the row afterwards; empty for none
   */
  public Optional<VmCredentialRow> change(
      VmId vm,
      String provider,
      UnaryOperator<VmCredentialRow> next,
      Function<VmCredentialRow, Optional<NewEvent>> event,
      long now) {
    return store.write(sql -> {
      Optional<VmCredentialRow> after = find(sql, vm, provider).map(next);
      after.ifPresent(row -> {
        write(sql, row);
        event.apply(row).ifPresent(told -> EventRows.add(sql, host, told, now));
      });
      return after;
    });
  }

  private Optional<VmCredentialRow> find(Sql sql, VmId vm, String provider) {
    return sql.first(
        "SELECT * FROM vm_credentials WHERE host = ? AND vm = ? AND provider = ?",
        VmCredentialRows::map,
        host,
        vm.value(),
        provider);
  }

  private void write(Sql sql, VmCredentialRow row) {
    remove(sql, row.vm(), row.provider());
    // A VM that was destroyed meanwhile has none any more, and gets none.
    sql.update(
        "INSERT INTO vm_credentials (host, vm, provider, owner, secret, version, coming, state,"
            + " form, reason, pinned, paths, stamp, tries, due, changed)"
            + " SELECT ?, id, ?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, ?, ?, ?, ?, ?, ?, ? FROM vms"
            + " WHERE id = ? AND state <> 'destroyed'",
        host,
        row.provider(),
        row.owner(),
        row.secret(),
        row.version(),
        row.coming(),
        row.state().word(),
        row.form().word(),
        row.reason(),
        row.isPinned() ? 1 : 0,
        String.join(" ", row.paths()),
        row.stamp(),
        row.tries(),
        row.due(),
        row.changed(),
        row.vm().value());
  }

  /** Removes one of which nothing is in its VM any more, with its event. */
  public void remove(VmCredentialRow row, @Nullable NewEvent event, long now) {
    store.write(sql -> {
      if (event != null && row.state() == VmCredentialState.REMOVING) {
        EventRows.add(sql, host, event, now);
      }
      return remove(sql, row.vm(), row.provider());
    });
  }

  private int remove(Sql sql, VmId vm, String provider) {
    return sql.update(
        "DELETE FROM vm_credentials WHERE host = ? AND vm = ? AND provider = ?",
        host,
        vm.value(),
        provider);
  }

  /** Removes those of a VM that is destroyed. */
  static void removeOf(Sql sql, VmId vm) {
    sql.update("DELETE FROM vm_credentials WHERE vm = ?", vm.value());
  }
}

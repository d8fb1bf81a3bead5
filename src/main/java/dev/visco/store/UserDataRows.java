package dev.visco.store;

import dev.visco.model.VmId;
import java.util.Optional;

/**
 * What VMs were created with for their guests, which may hold secrets; kept apart from their rows,
 * which many things read. It goes when its VM is destroyed.
 */
public final class UserDataRows {
  private final Transactions store;

  UserDataRows(Transactions store) {
    this.store = store;
  }

  /** A VM's, as JSON; empty when it was created without any. */
  public Optional<String> find(VmId vm) {
    return store.read(sql ->
        sql.first(
            "SELECT content FROM user_data WHERE vm = ?", row -> row.getString(1), vm.value()));
  }

  /** Records a VM's; returns the number of rows, which is 1. */
  static int insert(Sql sql, String host, VmId vm, String content) {
    return sql.update(
        "INSERT INTO user_data (vm, host, content) VALUES (?, ?, ?)", vm.value(), host, content);
  }

  static void remove(Sql sql, VmId vm) {
    sql.update("DELETE FROM user_data WHERE vm = ?", vm.value());
  }
}

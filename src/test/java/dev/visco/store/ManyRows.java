package dev.visco.store;

import dev.visco.model.VmId;

/** A store that has seen many VMs. */
public final class ManyRows {
  private ManyRows() {}

  /** Copies a VM's row so many times under ids of their own, in one transaction. */
  public static void copy(Store store, VmId id, int times) {
    store.write(sql -> {
      String columns =
          sql.first(
                  "SELECT group_concat(name) FROM pragma_table_info('vms') WHERE name <> 'id'",
                  row -> row.getString(1))
              .orElseThrow();
      return sql.update(
          "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
              + " INSERT INTO vms (id, %1$s) SELECT printf('vm-%%08x', n), %1$s FROM c, (SELECT %1$s FROM vms WHERE id = ?)"
                  .formatted(columns),
          times,
          id.value());
    });
  }
}

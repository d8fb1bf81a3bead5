package dev.visco.app;

import dev.visco.model.VmId;
import dev.visco.pool.Pools;
import dev.visco.snapshot.Snapshots;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import java.util.List;

/** The snapshots from which pools make their VMs. */
record PoolTemplates(SnapshotRows rows, Snapshots snapshots) implements Pools.Templates {
  @Override
  public List<SnapshotRow> all() {
    return rows.list().stream().filter(one -> SnapshotRow.isTemplate(one.id())).toList();
  }

  @Override
  public void take(VmId of, String id) {
    snapshots.takeTemplate(of, id);
  }

  @Override
  public void letGo(String id) {
    snapshots.letTemplateGo(id);
  }
}

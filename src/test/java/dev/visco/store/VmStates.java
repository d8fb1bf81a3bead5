package dev.visco.store;

import dev.visco.model.VmId;
import dev.visco.model.VmState;

/** Writes states into rows for tests that need them, whatever the way there would be. */
public final class VmStates {
  private VmStates() {}

  /** The VM is in this state from now on. */
  public static void set(Store store, VmId id, VmState state) {
    store.write(
        sql -> sql.update("UPDATE vms SET state = ? WHERE id = ?", state.word(), id.value()));
  }

  /** The VM is being rebuilt, or a rebuild of it has failed. */
  public static void setRebuild(Store store, VmId id, String rebuild) {
    store.write(sql -> sql.update("UPDATE vms SET rebuild = ? WHERE id = ?", rebuild, id.value()));
  }
}

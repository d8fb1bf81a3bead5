package dev.visco.store;

import dev.visco.model.SlotIndex;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;

/** Writes states into rows for tests that need them, whatever the way there would be. */
public final class VmStates {
  private VmStates() {}

  /** The VM is in this state from now on; nothing is to be done for one that is destroyed. */
  public static void set(Store store, VmId id, VmState state) {
    boolean isOver = state == VmState.DESTROYED;
    store.write(sql ->
        sql.update(
            "UPDATE vms SET state = ?, wake_at = CASE WHEN ? THEN NULL ELSE wake_at END WHERE id = ?",
            state.word(),
            isOver,
            id.value()));
  }

  /** The VM is being rebuilt, or a rebuild of it has failed. */
  public static void setRebuild(Store store, VmId id, String rebuild) {
    store.write(sql -> sql.update("UPDATE vms SET rebuild = ? WHERE id = ?", rebuild, id.value()));
  }

  /** The VM is ready, with this machine. */
  public static void run(Store store, VmId id, SlotIndex slot, String machine, String boot) {
    long now = System.currentTimeMillis();
    store.write(sql ->
        sql.update(
            "UPDATE vms SET state = 'ready', step = ?, slot = ?, machine = ?, launched = ?, ready = ?,"
                + " boot = ?, wake_at = NULL WHERE id = ?",
            StepName.last().word(),
            slot.value(),
            machine,
            now,
            now,
            boot,
            id.value()));
  }

  /** All VMs are destroyed, and no slot is theirs. */
  public static void destroyAll(Store store) {
    store.write(sql -> sql.update("UPDATE vms SET state = 'destroyed', slot = NULL"));
    store.write(sql -> sql.update("UPDATE slots SET state = 'free', vm = NULL"));
  }
}

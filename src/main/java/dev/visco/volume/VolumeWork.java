package dev.visco.volume;

import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeState;
import dev.visco.store.VmRow;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Work on a volume's file while nobody else may use it: a volume that no VM has says so in its row;
 * of one that a VM has, the VM's lease is held, and its machine does not run.
 */
final class VolumeWork {
  private final VolumeRows rows;
  private final Leases leases;
  private final Machines machines;

  VolumeWork(VolumeRows rows, Leases leases, Machines machines) {
    this.rows = rows;
    this.leases = leases;
    this.machines = machines;
  }

  /** A volume that nobody else uses until this is closed. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Holds a volume that no machine uses; refused while one does. */
  Held idle(VolumeRow row) {
    VmId vm = row.vm();
    if (vm == null) {
      rows.take(row.id(), VolumeState.BUSY);
      return () -> rows.ready(row.id());
    }
    Lease lease = lease(vm);
    try {
      if (!row.equals(rows.find(row.id()).orElse(null))) {
        throw changed(row);
      }
      if (isRunning(lease, vm)) {
        throw new Refused(
            new Refusal.Conflict(
                "The volume \""
                    + row.name()
                    + "\" is in use by "
                    + vm
                    + ", whose machine runs, or is suspended.",
                "Stop that VM first, or destroy it, which keeps the volume."));
      }
      return lease::close;
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  /**
   * Does {@code idle} on a volume that no machine uses, or {@code inUse} for the ready VM whose
   * machine does.
   */
  <T> T idleOr(VolumeRow row, Supplier<T> idle, Function<VmWork, T> inUse) {
    VmId vm = row.vm();
    if (vm == null) {
      try (Held held = idle(row)) {
        return idle.get();
      }
    }
    try (Lease lease = lease(vm)) {
      if (!row.equals(rows.find(row.id()).orElse(null))) {
        throw changed(row);
      }
      if (!isRunning(lease, vm)) {
        return idle.get();
      }
      VmRow ready =
          lease.row().filter(one -> one.state() == VmState.READY).orElseThrow(() -> busy(vm));
      return inUse.apply(VmWork.of(ready));
    }
  }

  private boolean isRunning(Lease lease, VmId vm) {
    VmRow row = lease.row().orElseThrow(() -> busy(vm));
    // What a suspended guest knows of a volume is in its memory.
    return row.state().hasSavedMemory()
        || Rows.isResuming(row)
        || VmWork.of(row).machine().filter(machines::isAlive).isPresent();
  }

  private Lease lease(VmId vm) {
    return leases.take(vm).orElseThrow(() -> busy(vm));
  }

  private static Refused busy(VmId vm) {
    return new Refused(
        new Refusal.Conflict(
            "The VM " + vm + ", which has the volume, is being worked on, or is not ready.",
            "Try again when that is done."));
  }

  private static Refused changed(VolumeRow row) {
    return new Refused(
        new Refusal.Conflict(
            "The volume \"" + row.name() + "\" has changed meanwhile.", "Try again."));
  }
}

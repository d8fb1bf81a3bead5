package dev.visco.lifecycle;

import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import org.jspecify.annotations.Nullable;

/** Copies of a row with one thing changed. */
final class Rows {
  private Rows() {}

  static VmRow withSlot(VmRow row, @Nullable Integer slot) {
    return copy(
        row,
        row.state(),
        row.step(),
        slot,
        row.machine(),
        row.launched(),
        row.failure(),
        row.tries(),
        row.wakeAt(),
        row.ready());
  }

  static VmRow withMachine(VmRow row, @Nullable String machine, @Nullable Long launched) {
    return copy(
        row,
        row.state(),
        row.step(),
        row.slot(),
        machine,
        launched,
        row.failure(),
        row.tries(),
        row.wakeAt(),
        row.ready());
  }

  static VmRow at(VmRow row, VmState state, String step, @Nullable Long wakeAt) {
    return copy(
        row, state, step, row.slot(), row.machine(), row.launched(), null, 0, wakeAt, row.ready());
  }

  static VmRow readyAt(VmRow row, long now) {
    return copy(
        row,
        VmState.READY,
        row.step(),
        row.slot(),
        row.machine(),
        row.launched(),
        null,
        0,
        row.expires(),
        now);
  }

  static VmRow failed(VmRow row, String why, @Nullable Long wakeAt) {
    return copy(
        row,
        VmState.FAILED,
        row.step(),
        row.slot(),
        row.machine(),
        row.launched(),
        why,
        row.tries(),
        wakeAt,
        row.ready());
  }

  static VmRow tried(VmRow row, String why, long wakeAt) {
    return copy(
        row,
        row.state(),
        row.step(),
        row.slot(),
        row.machine(),
        row.launched(),
        why,
        row.tries() + 1,
        wakeAt,
        row.ready());
  }

  static VmRow destroyed(VmRow row) {
    return copy(
        row, VmState.DESTROYED, row.step(), null, null, row.launched(), null, 0, null, row.ready());
  }

  private static VmRow copy(
      VmRow row,
      VmState state,
      String step,
      @Nullable Integer slot,
      @Nullable String machine,
      @Nullable Long launched,
      @Nullable String failure,
      int tries,
      @Nullable Long wakeAt,
      @Nullable Long ready) {
    return new VmRow(
        row.id(),
        row.owner(),
        row.spec(),
        row.image(),
        state,
        step,
        row.wish(),
        slot,
        machine,
        launched,
        failure,
        tries,
        wakeAt,
        row.lease(),
        row.created(),
        row.changed(),
        ready,
        row.expires(),
        row.revision());
  }
}

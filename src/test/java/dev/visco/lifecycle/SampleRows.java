package dev.visco.lifecycle;

import dev.visco.model.DesiredState;
import dev.visco.model.Digest;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.wire.Json;
import org.jspecify.annotations.Nullable;

/** Rows of VMs that have walked all of their steps. */
public final class SampleRows {
  private SampleRows() {}

  /** The same row in another state. */
  public static VmRow in(VmState state, VmRow row) {
    var copy = new RowCopy(row);
    copy.state = state;
    return copy.row();
  }

  /** In slot 0; one that is ready has been launched and verified. */
  public static VmRow of(
      VmId id, VmSpec spec, Digest image, VmState state, @Nullable Integer diskMib) {
    Long once = state == VmState.READY ? 1L : null;
    return new VmRow(
        id,
        spec.owner().value(),
        Json.line(spec),
        image.value(),
        state,
        StepName.last().word(),
        DesiredState.EXIST,
        0,
        null,
        once,
        null,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        0,
        null,
        null,
        diskMib,
        null,
        null,
        null,
        null,
        1,
        1,
        once,
        null,
        1);
  }
}

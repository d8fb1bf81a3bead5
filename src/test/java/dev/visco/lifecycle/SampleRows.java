package dev.visco.lifecycle;

import dev.visco.model.DesiredState;
import dev.visco.model.Digest;
import dev.visco.model.KernelSpec;
import dev.visco.model.Labels;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.StepName;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.NewVm;
import dev.visco.store.VmRow;
import dev.visco.wire.Json;
import java.time.Duration;
import java.util.List;
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

  /** An ordinary small VM of the image cli. */
  public static VmSpec spec(UserId owner, Purpose purpose) {
    return new VmSpec(
        owner,
        purpose,
        "cli",
        new FromImage("cli"),
        new MachineShape(Transport.MMIO, 1, 256),
        KernelSpec.ORDINARY,
        new Life(null, Duration.ofMinutes(3)),
        VmSpec.QEMU);
  }

  /** One that is to be inserted. */
  public static NewVm created(VmId id, VmSpec spec, Labels labels, long created) {
    return new NewVm(
        id,
        spec.owner().value(),
        spec.purpose(),
        Json.line(spec),
        "sha256:" + "0".repeat(64),
        256,
        null,
        StepName.first().word(),
        null,
        "digest",
        created,
        null,
        "boot",
        null,
        VmSpec.QEMU,
        new VmMetadata(null, labels),
        null,
        List.of(),
        null);
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
        null,
        1,
        1,
        once,
        null,
        1);
  }
}

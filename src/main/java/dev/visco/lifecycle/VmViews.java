package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.model.Origin;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.StartKind;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.MachineRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Rows of VMs as their users see them. */
public final class VmViews {
  private final VmRows rows;
  private final Networks networks;

  public VmViews(VmRows rows, Networks networks) {
    this.rows = rows;
    this.networks = networks;
  }

  /** A VM; refused when there is none of this id. */
  public Vm vm(VmId id) {
    return view(row(id));
  }

  /** Its row; refused when there is none of this id. */
  VmRow row(VmId id) {
    return rows.find(id).orElseThrow(() -> notFound(id.value()));
  }

  static Refused notFound(String id) {
    return new Refused(
        new Refusal.NotFound("VM", id, Advice.of("{} lists them.", new Remedy.ListVms(false))));
  }

  /** A VM as {@code row} has it. */
  public Vm view(VmRow row) {
    VmWork work = VmWork.of(row);
    SlotIndex slot = row.slot() == null ? null : new SlotIndex(row.slot());
    Ipv4 address = slot == null ? null : networks.address(slot).orElse(null);
    return new Vm(
        row.id(),
        work.spec(),
        row.metadata(),
        new Digest(row.image()),
        start(row, work.spec().origin()),
        row.state(),
        row.step(),
        slot,
        address,
        work.machine().map(MachineRef::text).orElse(null),
        work.machine().map(machine -> machine.process().pid()).orElse(null),
        row.failure(),
        row.restarts(),
        work.rebuild().orElse(null),
        instant(row.used()),
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.changed()),
        instant(row.ready()),
        instant(end(row)),
        row.revision());
  }

  private static StartKind start(VmRow row, Origin origin) {
    if (row.isTaken()) {
      return StartKind.POOL;
    }
    return origin instanceof Origin.Clone ? StartKind.CLONE : StartKind.BOOT;
  }

  /** When it expires, in milliseconds after the epoch; null for never. */
  private static @Nullable Long end(VmRow row) {
    boolean neverWas = row.state() == VmState.FAILED && row.ready() == null;
    return neverWas ? row.wakeAt() : row.expires();
  }

  private static @Nullable Instant instant(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }
}

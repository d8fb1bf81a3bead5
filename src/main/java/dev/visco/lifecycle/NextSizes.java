package dev.visco.lifecycle;

import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.VmSpec;
import dev.visco.store.SizeRows.Reservation;
import dev.visco.store.SizeRows.Sized;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.wire.SpecJson;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * Puts sizes in force: the one that is recorded for a VM's next boot, or that of a snapshot which
 * the VM is restored from. Each is recorded before a machine has it, and is safe to repeat.
 */
public final class NextSizes {
  private final VmRows rows;
  private final Limits limits;
  private final ToIntFunction<VmWork> vmmMib;
  private final Clocks clocks;

  /**
   * @param limits of users and the host, which a snapshot of another size must fit in
   * @param vmmMib memory that a VM's VMM takes besides the guest's, in MiB
   */
  public NextSizes(VmRows rows, Limits limits, ToIntFunction<VmWork> vmmMib, Clocks clocks) {
    this.rows = rows;
    this.limits = limits;
    this.vmmMib = vmmMib;
    this.clocks = clocks;
  }

  /** The VM with the size that was recorded for its next boot. */
  public VmWork atBoot(VmWork work) {
    return work.spec().machine().next() == null ? work : applied(work, MachineShape::atNextBoot);
  }

  /**
   * The VM with the size that it had in a snapshot. The size that it was to have otherwise it gets
   * at its next boot.
   */
  VmWork asIn(VmWork work, VmSpec snapshot) {
    MachineSize size = size(work.spec(), snapshot);
    return work.spec().machine().size().equals(size)
        ? work
        : applied(work, machine -> machine.of(size).withNext(machine.atNextBoot().size()));
  }

  /** Reserves what a VM needs that is to be restored; refused where that is too much. */
  void reserve(VmWork work, VmSpec snapshot) {
    MachineSize size = size(work.spec(), snapshot);
    if (work.spec().machine().size().equals(size)) {
      return;
    }
    int vmm = vmmMib.applyAsInt(with(work, reserved(work.spec(), size)));
    rows.sizes()
        .reserve(
            work.id(),
            (json, now, usage) -> {
              VmSpec before = SpecJson.read(json);
              MachineSize reserved = reserved(before, size);
              int memoryMib = Math.max(now.memoryMib(), reserved.memoryMib() + vmm);
              VmSpec after = before.with(before.machine().of(reserved));
              int more = memoryMib - now.memoryMib();
              limits.admitChange(before, after, more, work.row().image(), usage);
              return new Reservation(memoryMib, reserved.diskMib());
            },
            clocks.now());
  }

  /** Whether a suspended VM may go on. */
  VmRows.Admission resuming(VmWork work) {
    MachineSize size = work.spec().machine().reserved();
    int memoryMib = size.memoryMib() + vmmMib.applyAsInt(with(work, size));
    return usage -> limits.admitResumed(work.spec(), memoryMib, usage);
  }

  private static MachineSize reserved(VmSpec spec, MachineSize size) {
    return spec.machine().of(size).withNext(spec.machine().reserved()).reserved();
  }

  private static VmWork with(VmWork work, MachineSize size) {
    return new VmWork(work.row(), work.spec().with(work.spec().machine().of(size)));
  }

  /** The VM with the size that it has in a snapshot, of which nothing is recorded. */
  static VmWork planned(VmWork work, VmSpec snapshot) {
    return with(work, size(work.spec(), snapshot));
  }

  /** A snapshot of a version in which disks had no sizes leaves the disk's as it is. */
  private static MachineSize size(VmSpec now, VmSpec snapshot) {
    MachineSize size = snapshot.machine().size();
    return size.diskMib() != null
        ? size
        : new MachineSize(size.vcpus(), size.memoryMib(), now.machine().diskMib());
  }

  private VmWork applied(VmWork work, UnaryOperator<MachineShape> change) {
    Optional<VmRow> now =
        rows.sizes().apply(work.id(), spec -> sized(work.row(), spec, change), clocks.now());
    return now.map(VmWork::of).orElse(work);
  }

  private Optional<Sized> sized(VmRow row, String json, UnaryOperator<MachineShape> change) {
    VmSpec spec = SpecJson.read(json);
    MachineShape machine = change.apply(spec.machine());
    if (machine.equals(spec.machine())) {
      return Optional.empty();
    }
    MachineSize reserved = machine.reserved();
    VmWork largest = with(new VmWork(row, spec), reserved);
    return Optional.of(
        new Sized(
            SpecJson.line(spec.with(machine)),
            new Reservation(reserved.memoryMib() + vmmMib.applyAsInt(largest), reserved.diskMib()),
            machine.size().text()));
  }
}

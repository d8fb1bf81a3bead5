package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Digest;
import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.Objection;
import dev.visco.model.Purpose;
import dev.visco.model.Rebuild;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmSpec;
import dev.visco.store.SizeRows;
import dev.visco.store.SizeRows.Reservation;
import dev.visco.store.VmRow;
import dev.visco.store.VmUsage;
import dev.visco.wire.SpecJson;
import dev.visco.wire.VmChange;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Decides whether VMs may get other sizes, before these are recorded. */
final class SizeChanges {
  private final Limits limits;
  private final Images images;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;

  /**
   * @param plans what is known about the boot of an image by a spec
   */
  SizeChanges(Limits limits, Images images, BiFunction<VmSpec, Image, PlannedBoot> plans) {
    this.limits = limits;
    this.images = images;
    this.plans = plans;
  }

  /**
   * Refuses a size that the VM cannot boot with on this host.
   *
   * @return what the transaction that records the size is to decide: quotas of user and host
   */
  SizeRows.Admission require(VmRow row, VmChange change) {
    var work = VmWork.of(row);
    requireResizable(work);
    VmSpec spec = work.spec();
    Image image = images.byDigest(new Digest(row.image()));
    requireGrowth(spec, image, change);
    VmSpec next = spec.with(change.of(spec.machine()).atNextBoot());
    if (change.vcpus() != null) {
      limits.checkProcessors(next.machine().vcpus());
    }
    limits.check(next);
    requireBootable(spec, next, image);
    int vmmMib = plans.apply(sized(next, spec.machine().reserved()), image).vmmMib();
    return (json, now, usage) -> admit(row, json, vmmMib, now, usage);
  }

  /** With the larger one of both sizes. */
  private static VmSpec sized(VmSpec next, MachineSize other) {
    MachineShape machine = next.machine();
    return next.with(machine.of(machine.of(other).withNext(machine.size()).reserved()));
  }

  private Reservation admit(VmRow row, String json, int vmmMib, Reservation now, VmUsage usage) {
    VmSpec after = SpecJson.read(json);
    MachineSize reserved = after.machine().reserved();
    int memoryMib = reserved.memoryMib() + vmmMib;
    limits.admitChange(
        VmWork.of(row).spec(), after, memoryMib - now.memoryMib(), row.image(), usage);
    return new Reservation(memoryMib, reserved.diskMib());
  }

  private static void requireResizable(VmWork work) {
    if (work.spec().purpose() != Purpose.USER) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + work.id() + " is no user's, and lives only for a test.",
              "Create a new one."));
    }
    work.rebuild()
        .filter(Rebuild::underWay)
        .ifPresent(rebuild -> {
          throw new Refused(
              new Refusal.Conflict(
                  "The VM "
                      + work.id()
                      + " is being rebuilt with the image "
                      + rebuild.name()
                      + ".",
                  "Wait until it is ready, or has its old disk again."));
        });
  }

  /** VMs that were made before disks had sizes have their image's. */
  private void requireGrowth(VmSpec spec, Image image, VmChange change) {
    long now = limits.disk().sizeOf(image.digest());
    if (change.disk() != null
        && spec.machine().diskMib() == null
        && MachineShape.disk(change.disk()) < now) {
      throw VmChange.smaller(change.disk(), now);
    }
  }

  /** Refused for what the preflight does not find with the VM's present size. */
  private void requireBootable(VmSpec now, VmSpec next, Image image) {
    Set<String> known =
        plans.apply(now, image).objections().stream()
            .map(Objection::rule)
            .collect(Collectors.toSet());
    List<Objection> found =
        plans.apply(next, image).objections().stream()
            .filter(one -> !known.contains(one.rule()))
            .filter(one -> !now.overruled().contains(one.rule()))
            .toList();
    if (!found.isEmpty()) {
      throw new Refused(new Refusal.CannotBoot(found));
    }
  }
}

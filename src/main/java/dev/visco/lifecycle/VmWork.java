package dev.visco.lifecycle;

import dev.visco.model.Digest;
import dev.visco.model.Rebuild;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.store.VmRow;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** A VM as the steps see it: its row, with the spec parsed. */
public record VmWork(VmRow row, VmSpec spec) {
  public static VmWork of(VmRow row) {
    return new VmWork(row, SpecJson.read(row.spec()));
  }

  public VmId id() {
    return row.id();
  }

  /** Its network slot; refused before the first step has opened it. */
  public SlotIndex slot() {
    Integer slot = row.slot();
    if (slot == null) {
      throw Refused.invalid("slot", id().value(), "has no slot yet", "Open its network first.");
    }
    return new SlotIndex(slot);
  }

  /** Its change to another image, or the last one if that has failed. */
  public Optional<Rebuild> rebuild() {
    return rebuild(row);
  }

  /** The same of a row whose specification need not be read. */
  public static Optional<Rebuild> rebuild(VmRow row) {
    return Optional.ofNullable(row.rebuild()).map(text -> Json.read(text, Rebuild.class));
  }

  /** Digests of the images that it needs. */
  public Set<Digest> images() {
    var needed = new HashSet<Digest>();
    needed.add(new Digest(row.image()));
    Digest kernel = spec.kernel().ofImage();
    if (kernel != null) {
      needed.add(kernel);
    }
    rebuild().ifPresent(one -> needed.addAll(one.images()));
    return needed;
  }

  public Optional<MachineRef> machine() {
    return Optional.ofNullable(row.machine()).map(text -> Json.read(text, MachineRef.class));
  }
}

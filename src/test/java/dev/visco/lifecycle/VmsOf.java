package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Makes {@link Vms} of the parts that a test has. */
public final class VmsOf {
  private VmsOf() {}

  /** With creation by the same parts. */
  public static Vms parts(
      Limits limits,
      TypeDefaults types,
      RequestedVolumes volumes,
      BiFunction<VmSpec, Image, PlannedBoot> plans,
      CloneRequests clones,
      PooledVms pooled,
      VmRows rows,
      Images images,
      VmViews views,
      GuestAccess guests,
      Function<VmId, Vm> awake,
      Uses uses,
      ChangeSignal changes,
      Clocks clocks,
      RandomGenerator random,
      Path folder,
      Supplier<String> release) {
    var creation =
        new VmCreation(
            limits, types, volumes, plans, clones, pooled, rows, images, views, guests, changes,
            clocks, random, release);
    return new Vms(
        creation, limits, plans, rows, images, views, guests, awake, uses, changes, clocks, folder);
  }
}

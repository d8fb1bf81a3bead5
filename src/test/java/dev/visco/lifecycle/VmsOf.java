package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Objection;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

  /**
   * On the parts of a world whose boots nobody objects to.
   *
   * @param types by name
   * @param folder the folder that holds each VM's folder
   * @param random for ids
   */
  public static Vms of(
      ConductorWorld world,
      Limits limits,
      Map<String, VmType> types,
      Images images,
      VmViews views,
      GuestAccess guests,
      RandomGenerator random,
      Path folder,
      Supplier<String> release) {
    return of(
        world,
        limits,
        types,
        images,
        views,
        guests,
        random,
        folder,
        release,
        (spec, image) -> new NothingSaid());
  }

  /**
   * The same with what is known of their boots.
   *
   * @param plans of users' VMs, and of those that wait
   */
  public static Vms of(
      ConductorWorld world,
      Limits limits,
      Map<String, VmType> types,
      Images images,
      VmViews views,
      GuestAccess guests,
      RandomGenerator random,
      Path folder,
      Supplier<String> release,
      BiFunction<VmSpec, Image, PlannedBoot> plans) {
    InstantSource clock = world.clocks().wall();
    return parts(
        limits,
        new TypeDefaults(types, images, (spec, image) -> false),
        new RequestedVolumes(
            world.volumeRows,
            new VolumeLimits(1 << 20, 1 << 20, limits.disk().room()),
            clock,
            new Random(11)),
        plans,
        new CloneRequests(
            types,
            world.snapshotRows,
            images,
            limits,
            (spec, image) -> new NothingSaid(),
            new StoredUserData(world.rows),
            world.snapshotUses::hold,
            FreeDisks.PLENTY),
        world.pooled,
        world.rows,
        images,
        views,
        guests,
        new Waking(views, world.suspensions, world.archives, world.changes)::awake,
        world.uses,
        world.changes,
        world.clocks(),
        random,
        folder,
        release);
  }

  /** A boot that nobody objects to. */
  private record NothingSaid() implements PlannedBoot {
    @Override
    public List<Objection> objections() {
      return List.of();
    }

    @Override
    public int vmmMib() {
      return 0;
    }

    @Override
    public long diskMib() {
      return 0;
    }
  }
}

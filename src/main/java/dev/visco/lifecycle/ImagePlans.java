package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Digest;
import dev.visco.model.Objection;
import dev.visco.model.Origin;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.BeforeRebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Plans rebuilds with the images of this host. */
public final class ImagePlans implements RebuildPlans {
  private final Images images;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;
  private final Limits limits;

  /**
   * @param plans what is known about the boot of an image by a spec
   */
  public ImagePlans(Images images, BiFunction<VmSpec, Image, PlannedBoot> plans, Limits limits) {
    this.images = images;
    this.plans = plans;
    this.limits = limits;
  }

  @Override
  public Rebuild plan(VmWork work, @Nullable String asked, boolean force) {
    VmSpec spec = work.spec();
    String name = Objects.requireNonNullElse(asked, spec.origin().image());
    Image image = images.image(name);
    int diskMib = diskMib(work, image);
    VmSpec rebuilt =
        spec.with(new Origin.FromImage(name)).with(spec.machine().atNextBoot().withDisk(diskMib));
    PlannedBoot boot = plans.apply(rebuilt, image);
    List<String> overruled = overruled(spec, boot.objections(), force);
    limits.disk().room().require(boot.diskMib(), "the new disk of " + work.id());
    return new Rebuild(
        RebuildStage.STOPPING,
        name,
        image.digest(),
        diskMib,
        overruled,
        new BeforeRebuild(
            new Digest(work.row().image()),
            spec.origin(),
            spec.machine().diskMib(),
            spec.overruled(),
            work.row().state()),
        null);
  }

  /** A disk keeps its size, unless the new image is larger. */
  private int diskMib(VmWork work, Image image) {
    long least = limits.disk().sizeOf(image.digest());
    return Math.toIntExact(Math.max(least, sizeMib(work)));
  }

  private long sizeMib(VmWork work) {
    Integer mib = work.spec().machine().diskMib();
    return mib == null ? limits.disk().sizeOf(new Digest(work.row().image())) : mib;
  }

  /** The rules that are overruled: what was overruled once still is. */
  private static List<String> overruled(VmSpec spec, List<Objection> found, boolean force) {
    var open = new ArrayList<>(found);
    open.removeIf(one -> force || spec.overruled().contains(one.rule()));
    if (!open.isEmpty()) {
      throw new Refused(new Refusal.CannotBoot(open));
    }
    return found.stream().map(Objection::rule).toList();
  }

  @Override
  public void admit(VmSpec spec, Rebuild rebuild, VmUsage usage) {
    Integer mib = spec.machine().diskMib();
    long now = mib == null ? limits.disk().sizeOf(rebuild.before().image()) : Long.valueOf(mib);
    if (rebuild.diskMib() > now) {
      limits.disk().admitGrowth(spec, rebuild.diskMib() - now, usage);
    }
  }
}

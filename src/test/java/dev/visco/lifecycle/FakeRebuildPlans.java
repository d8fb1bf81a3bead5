package dev.visco.lifecycle;

import dev.visco.model.Digest;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.BeforeRebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Three images: {@code cli}, which all VMs have, {@code newer} and {@code other}. */
public final class FakeRebuildPlans implements RebuildPlans {
  static final Digest CLI = digest(0);
  static final Digest NEWER = digest(1);
  static final Digest OTHER = digest(2);
  static final int DISK_MIB = 2048;
  private static final Map<String, Digest> IMAGES =
      Map.of("cli", CLI, "newer", NEWER, "other", OTHER);

  private static Digest digest(int digit) {
    return new Digest("sha256:" + Integer.toString(digit).repeat(64));
  }

  @Override
  public Rebuild plan(VmWork work, @Nullable String asked, boolean force) {
    VmSpec spec = work.spec();
    String name = Objects.requireNonNullElse(asked, spec.origin().image());
    Digest image = IMAGES.get(name);
    if (image == null) {
      throw new Refused(new Refusal.NotFound("image", name, "There is none."));
    }
    return new Rebuild(
        RebuildStage.STOPPING,
        name,
        image,
        DISK_MIB,
        force ? List.of("forced") : List.of(),
        new BeforeRebuild(
            new Digest(work.row().image()),
            spec.origin(),
            spec.machine().diskMib(),
            spec.overruled(),
            work.row().state()),
        null);
  }

  @Override
  public void admit(VmSpec spec, Rebuild rebuild, VmUsage usage) {}
}

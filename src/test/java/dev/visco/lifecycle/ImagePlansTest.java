package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Objection;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Quota;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.VmUsage;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What VMs get with other images, and what they are refused. */
class ImagePlansTest {
  private static final Objection OBJECTION =
      new Objection("too-little-memory", "memoryMib", "256", "It needs more.", "Give more.", "");
  @TempDir private Path folder;
  private final FakeHost host = new FakeHost();
  private final List<Objection> objections = new ArrayList<>();
  private Images images;
  private Image old;
  private Image newer;

  /** What the new disk takes at once. */
  private long takesMib;

  @BeforeEach
  void make() throws IOException {
    MadeImages.with(host, folder, "cli");
    images = MadeImages.with(host, folder, "newer");
    old = images.image("cli");
    newer = images.image("newer");
  }

  /** The old image's disk has 1000 MiB, the newer one's 1500. */
  private ImagePlans plans(long mib, long mibPerUser, long freeMib) {
    var disk =
        new Limits.DiskQuota(
            mib,
            mibPerUser,
            VmsTest.room(freeMib),
            image -> image.equals(newer.digest().value()) ? 1500 : 1000);
    return new ImagePlans(
        images,
        (spec, image) -> new VmsTest.Planned(objections, 0, takesMib),
        new Limits(10, 10_000, 8192, 64, 10, "10.7.0.0/24", disk));
  }

  private ImagePlans plans() {
    return plans(1 << 20, 1 << 20, 100_000);
  }

  private VmWork work(@Nullable Integer diskMib, List<String> overruled) {
    var spec =
        new VmSpec(
                new UserId("anna"),
                Purpose.USER,
                "cli",
                new FromImage("cli"),
                new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE, diskMib),
                KernelSpec.ORDINARY,
                new Life(null, Duration.ofSeconds(30)),
                VmSpec.QEMU)
            .overruling(overruled);
    return VmWork.of(
        SampleRows.of(new VmId("vm-00000001"), spec, old.digest(), VmState.READY, diskMib));
  }

  private static void assertRefused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call).isInstanceOf(Refused.class).hasMessageContainingAll(words);
  }

  @Test
  void aDiskKeepsItsSizeUnlessTheImageIsLarger() {
    Rebuild same = plans().plan(work(4000, List.of()), "newer", false);
    assertThat(same.diskMib()).isEqualTo(4000);
    assertThat(same.image()).isEqualTo(newer.digest());
    assertThat(same.stage()).isEqualTo(RebuildStage.STOPPING);
    assertThat(same.before().image()).isEqualTo(old.digest());
    assertThat(same.before().diskMib()).isEqualTo(4000);
    assertThat(same.before().state()).isEqualTo(VmState.READY);
    assertThat(plans().plan(work(1000, List.of()), "newer", false).diskMib()).isEqualTo(1500);
    Rebuild sized = plans().plan(work(null, List.of()), null, false);
    assertThat(sized.image()).as("the name that it has").isEqualTo(old.digest());
    assertThat(sized.diskMib()).isEqualTo(1000);
    assertThat(sized.before().diskMib()).isNull();
  }

  @Test
  void anImageThatNobodyHasIsRefused() {
    assertRefused(() -> plans().plan(work(null, List.of()), "none", false), "image", "none");
  }

  @Test
  void whatThePreflightObjectsToIsRefusedUnlessItWasOverruled() {
    objections.add(OBJECTION);
    assertRefused(() -> plans().plan(work(null, List.of()), "newer", false), "It needs more.");
    assertThat(plans().plan(work(null, List.of()), "newer", true).overruled())
        .containsExactly("too-little-memory");
    assertThat(plans().plan(work(null, List.of("too-little-memory")), "newer", false).overruled())
        .as("by its create")
        .containsExactly("too-little-memory");
  }

  @Test
  void aSecondDiskNeedsItsRoom() {
    takesMib = 700;
    assertRefused(
        () -> plans(1 << 20, 1 << 20, 800).plan(work(null, List.of()), "newer", false),
        "has 800 MiB free",
        "the new disk of vm-00000001 takes 700 MiB");
    plans(1 << 20, 1 << 20, 1000).plan(work(null, List.of()), "newer", false);
  }

  private static VmUsage usage(String image, int diskMib) {
    return new VmUsage(
        1,
        256,
        1,
        List.of(new VmUsage.ImageUse(image, diskMib, 1, 1)),
        new VmUsage.UserUse(
            UserState.ACTIVE, Json.line(Quota.NONE), List.of(), List.of(), List.of()));
  }

  @Test
  void onlyALargerDiskIsCountedAndOnlyByWhatItGrows() {
    VmWork work = work(1000, List.of());
    VmUsage usage = usage(old.digest().value(), 1000);
    Rebuild grows = plans().plan(work, "newer", false);
    plans(1500, 1500, 100_000).admit(work.spec(), grows, usage);
    assertRefused(
        () -> plans(1499, 1 << 20, 100_000).admit(work.spec(), grows, usage),
        "may grow to 1000 MiB of 1499 MiB; 500 MiB more do not fit");
    assertRefused(
        () -> plans(1 << 20, 1499, 100_000).admit(work.spec(), grows, usage), "user anna");
    Rebuild stays = plans().plan(work, "cli", false);
    plans(500, 500, 100_000).admit(work.spec(), stays, usage);
  }
}

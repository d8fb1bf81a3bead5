package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.DesiredState;
import dev.visco.model.MachineSize;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SpecRows;
import dev.visco.store.SpecRows.LifeEnd;
import dev.visco.store.VmRow;
import dev.visco.users.Users;
import dev.visco.verify.GuestEnd;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** VMs that get new root disks, and those that go back to their old ones. */
class RebuildTest extends ConductorFixture {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final String WORK = "a user's work";

  private ConductorWorld daemon() {
    return new ConductorWorld(folder, world, point -> {}).start();
  }

  /** A ready VM in which a user has worked. */
  private VmId worked(ConductorWorld daemon) {
    VmId id = daemon.insert(RestartPolicy.ON_FAILURE);
    daemon.await(id, VmState.READY);
    world.work(id, WORK);
    return id;
  }

  private VmId stopped(ConductorWorld daemon) {
    VmId id = worked(daemon);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    return id;
  }

  private static void rebuild(ConductorWorld daemon, VmId id) {
    daemon.rebuilds.rebuild(id, "newer", false, GRACE);
  }

  private void assertRebuilt(VmRow row) {
    assertThat(row.image()).isEqualTo(FakeRebuildPlans.NEWER.value());
    assertThat(SpecJson.read(row.spec()).origin().image()).isEqualTo("newer");
    assertThat(row.diskMib()).isEqualTo(FakeRebuildPlans.DISK_MIB);
    assertThat(row.rebuild()).isNull();
    assertThat(world.disk(row.id())).as("a fresh disk").isEqualTo("booted");
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
  }

  private void assertAsBefore(VmRow row, int machines) {
    assertThat(row.image()).isEqualTo(FakeRebuildPlans.CLI.value());
    assertThat(SpecJson.read(row.spec()).origin().image()).isEqualTo("cli");
    assertThat(row.diskMib()).isNull();
    assertThat(world.disk(row.id())).isEqualTo(WORK);
    assertThat(List.of(world.slots(), world.disks(), world.machines()))
        .containsExactly(1, 1, machines);
    Rebuild rebuild = VmWork.of(row).rebuild().orElseThrow();
    assertThat(rebuild.stage()).isEqualTo(RebuildStage.FAILED);
    assertThat(rebuild.failure()).contains("newer", "has its old disk again", "Cause (fake)");
    assertThat(rebuild.images()).isEmpty();
  }

  @Test
  void aVmThatRunsGetsAFreshDiskOfTheNewImageAndKeepsTheRest() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      VmRow before = daemon.row(id);
      assertThat(daemon.rebuilds.rebuild(id, "newer", false, GRACE).state())
          .isEqualTo(VmState.STOPPING);
      VmRow after = daemon.await(id, VmState.READY);
      assertRebuilt(after);
      assertThat(after.slot()).isEqualTo(before.slot());
      assertThat(after.machine()).isNotEqualTo(before.machine());
      assertThat(world.kept()).as("the evidence of the boot before").containsExactly(id);
    }
  }

  @Test
  void aVmThatIsStoppedIsStarted() {
    try (var daemon = daemon()) {
      VmId id = stopped(daemon);
      rebuild(daemon, id);
      assertRebuilt(daemon.await(id, VmState.READY));
    }
  }

  @Test
  void aVmThatIsPausedRuns() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      daemon.snapshots.pause(id);
      rebuild(daemon, id);
      assertRebuilt(daemon.await(id, VmState.READY));
    }
  }

  @Test
  void aVmThatNeverCameUpMayDoSoWithAnotherImage() {
    world.muteGuests();
    try (var daemon = daemon()) {
      VmId id = daemon.insert(Duration.ofMillis(200), null);
      daemon.await(id, VmState.FAILED);
      assertThat(world.machines()).as("its machine still runs").isEqualTo(1);
      world.unmuteGuests();
      rebuild(daemon, id);
      assertRebuilt(daemon.await(id, VmState.READY));
    }
  }

  @Test
  void theSameImageIsAFreshDisk() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      daemon.rebuilds.rebuild(id, null, true, GRACE);
      VmRow after = daemon.await(id, VmState.READY);
      assertThat(after.image()).isEqualTo(FakeRebuildPlans.CLI.value());
      assertThat(world.disk(id)).isEqualTo("booted");
      assertThat(SpecJson.read(after.spec()).overruled()).containsExactly("forced");
    }
  }

  @Test
  void oneThatRanRunsAgainOnItsOldDiskWhenTheNewImageFails() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      world.spoilImage(FakeRebuildPlans.NEWER);
      rebuild(daemon, id);
      VmRow after = daemon.await(id, VmState.READY);
      assertAsBefore(after, 1);
      assertThat(world.kept()).as("both boots before this one").containsExactly(id, id);
      daemon.rebuilds.rebuild(id, "other", false, GRACE);
      assertThat(daemon.await(id, VmState.READY).rebuild()).as("the next one counts").isNull();
    }
  }

  @Test
  void oneThatWasStoppedIsStoppedWhenTheNewImageFails() {
    try (var daemon = daemon()) {
      VmId id = stopped(daemon);
      world.spoilImage(FakeRebuildPlans.NEWER);
      rebuild(daemon, id);
      VmRow after = daemon.await(id, VmState.STOPPED);
      assertAsBefore(after, 0);
      assertThat(after.failure()).contains("Cause (fake)");
      assertThat(after.desired()).isEqualTo(DesiredState.STOP);
      daemon.power.start(id);
      daemon.await(id, VmState.READY);
      assertThat(world.disk(id)).isEqualTo(WORK);
    }
  }

  @Test
  void oneThatHadFailedHasFailedWhenTheNewImageFails() {
    try (var daemon = daemon()) {
      VmId id = daemon.insert(RestartPolicy.NO);
      daemon.await(id, VmState.READY);
      world.work(id, WORK);
      world.spoilImage(FakeRebuildPlans.CLI);
      daemon.power.stop(id, GRACE);
      daemon.await(id, VmState.STOPPED);
      daemon.power.start(id);
      VmRow failed = daemon.await(id, VmState.FAILED);
      world.spoilImage(FakeRebuildPlans.NEWER);
      rebuild(daemon, id);
      VmRow after = daemon.await(id, VmState.FAILED);
      assertAsBefore(after, 0);
      assertThat(after.revision()).isGreaterThan(failed.revision());
      assertThat(after.wakeAt()).as("its evidence is not kept for a while only").isNull();
    }
  }

  @Test
  void oneThatNeverWasReadyIsKeptForAWhileWithItsEvidence() {
    world.spoilImage(FakeRebuildPlans.CLI);
    world.spoilImage(FakeRebuildPlans.NEWER);
    try (var daemon = daemon()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.FAILED);
      rebuild(daemon, id);
      VmRow after = daemon.await(id, VmState.FAILED);
      assertThat(after.image()).isEqualTo(FakeRebuildPlans.CLI.value());
      assertThat(after.wakeAt()).isNotNull();
      assertThat(world.disks()).isEqualTo(1);
    }
  }

  /** Throws the first so many times at a point. */
  private static FakeWorld.Interruption failing(String where, AtomicInteger times) {
    return point -> {
      if (point.equals(where) && times.getAndDecrement() > 0) {
        throw new HostFault("no room");
      }
    };
  }

  @Test
  void aDiskThatCannotBeMadeLeavesTheOldOne() {
    var times = new AtomicInteger();
    try (var daemon =
        new ConductorWorld(folder, world, failing("before prepare-disk", times)).start()) {
      VmId id = worked(daemon);
      times.set(3);
      rebuild(daemon, id);
      VmRow after = daemon.await(id, VmState.READY);
      assertThat(after.image()).isEqualTo(FakeRebuildPlans.CLI.value());
      assertThat(world.disk(id)).isEqualTo(WORK);
      assertThat(VmWork.of(after).rebuild().orElseThrow().failure()).contains("no room");
    }
  }

  @Test
  void aDiskThatCannotBePutBackIsTriedAgain() {
    var times = new AtomicInteger(2);
    try (var daemon =
        new ConductorWorld(folder, world, failing("before put-back", times)).start()) {
      VmId id = worked(daemon);
      world.spoilImage(FakeRebuildPlans.NEWER);
      rebuild(daemon, id);
      assertAsBefore(daemon.await(id, VmState.READY), 1);
      assertThat(times.get()).isNegative();
    }
  }

  @Test
  void anOldDiskThatCannotBeRemovedIsTriedAgainBeforeTheVmIsReady() {
    var times = new AtomicInteger(2);
    try (var daemon =
        new ConductorWorld(folder, world, failing("before drop-aside", times)).start()) {
      VmId id = worked(daemon);
      rebuild(daemon, id);
      assertRebuilt(daemon.await(id, VmState.READY));
      assertThat(times.get()).isNegative();
    }
  }

  /** Work on a VM that stands still once the new disk boots, until it is let go. */
  private static final class Halt implements FakeWorld.Interruption {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final String where;
    private volatile boolean isSet;

    Halt(String where) {
      this.where = where;
    }

    @Override
    public void at(String point) {
      if (isSet && point.equals(where)) {
        reached.countDown();
        await(goOn);
      }
    }
  }

  private VmId halted(ConductorWorld daemon, Halt halt) {
    VmId id = worked(daemon);
    halt.isSet = true;
    rebuild(daemon, id);
    await(halt.reached);
    return id;
  }

  private static void assertRefused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call).isInstanceOf(Refused.class).hasMessageContainingAll(words);
  }

  @Test
  void meanwhileItIsNeitherStoppedNorRebuiltAndNeedsBothImages() {
    var halt = new Halt("after put-aside");
    try (var daemon = new ConductorWorld(folder, world, halt).start()) {
      VmId id = halted(daemon, halt);
      assertThat(VmWork.of(daemon.row(id)).images())
          .containsExactlyInAnyOrder(FakeRebuildPlans.CLI, FakeRebuildPlans.NEWER);
      assertRefused(() -> daemon.power.stop(id, GRACE), "is being rebuilt", "newer");
      assertRefused(() -> daemon.power.restart(id, GRACE), "is being rebuilt");
      assertRefused(() -> rebuild(daemon, id), "is starting and cannot be rebuilt");
      daemon.power.start(id); // It is on its way.
      halt.goOn.countDown();
      assertRebuilt(daemon.await(id, VmState.READY));
    }
  }

  @Test
  void aVmThatIsToGetALargerDiskGetsItFirst() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert(RestartPolicy.NO);
      daemon.await(id, VmState.READY);
      NextSizesTest.resize(daemon, id, new MachineSize(1, 256, 4096));
      assertRefused(() -> rebuild(daemon, id), "gets a larger disk", "Restart it first.");
      NextSizesTest.restart(daemon, id);
      rebuild(daemon, id);
      daemon.await(id, VmState.READY);
    }
  }

  @Test
  void anotherTimeToLiveThatIsGivenMeanwhileStays() {
    for (boolean fails : List.of(false, true)) {
      var halt = new Halt("after prepare-disk");
      try (var daemon = new ConductorWorld(folder, world, halt).start()) {
        VmId id = halted(daemon, halt);
        daemon
            .rows
            .specs()
            .update(
                id,
                new SpecRows.Update(
                    spec ->
                        SpecJson.line(
                            SpecJson.read(spec)
                                .with(
                                    new dev.visco.model.Life(
                                        Duration.ofHours(7), Duration.ofSeconds(30)))),
                    _ ->
                        new LifeEnd(
                            daemon.clocks().now() + 1_000_000,
                            daemon.clocks().boot(),
                            daemon.clocks().uptime() + 1_000_000),
                    same -> same),
                daemon.clocks().now());
        if (fails) {
          world.spoilImage(FakeRebuildPlans.NEWER);
        }
        halt.goOn.countDown();
        VmRow after = daemon.await(id, VmState.READY);
        assertThat(SpecJson.read(after.spec()).life().timeToLive()).isEqualTo(Duration.ofHours(7));
        assertThat(after.wakeAt()).isEqualTo(after.expires()).isNotNull();
        daemon.destroy(id);
        daemon.await(id, VmState.DESTROYED);
      }
    }
  }

  @Test
  void aVmThatIsDestroyedMeanwhileLeavesNeitherDisk() {
    var halt = new Halt("look");
    try (var daemon = new ConductorWorld(folder, world, halt).start()) {
      VmId id = halted(daemon, halt);
      assertThat(world.disks()).as("both are there").isEqualTo(2);
      daemon.destroy(id);
      halt.goOn.countDown();
      VmRow gone = daemon.await(id, VmState.DESTROYED);
      assertThat(gone.rebuild()).isNull();
      assertNothingLeft();
    }
  }

  /** Nothing of the VM has changed then. */
  private static void assertRefused(ConductorWorld daemon, VmId id, String image, String... words) {
    VmRow before = daemon.row(id);
    assertRefused(() -> daemon.rebuilds.rebuild(id, image, false, GRACE), words);
    assertThat(daemon.row(id)).isEqualTo(before);
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsDone() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      assertRefused(daemon, id, "unknown", "unknown");
      assertRefused(
          () -> daemon.rebuilds.rebuild(id, "newer", false, Duration.ofHours(1)), "grace");
      daemon.snapshots.create(id, "before");
      assertRefused(daemon, id, "newer", "has snapshots, like before", "Remove them first");
      daemon.snapshots.remove(new UserId("tester"), "before");
      world.addAside(id);
      assertRefused(daemon, id, "newer", "Another disk", "Move it elsewhere");
      world.parts(point -> {}).dropAside(id);
      new Users(daemon.users, user -> {}, user -> {}, user -> {}, () -> Instant.EPOCH)
          .suspend(new UserId("tester"));
      assertRefused(daemon, id, "newer", "suspended");
      assertThat(List.of(world.machines(), world.launches())).containsExactly(1, 1);
      assertThat(world.disk(id)).isEqualTo(WORK);
    }
  }

  @Test
  void aVmWhoseDiskIsGoneIsRefused() {
    try (var daemon = daemon()) {
      VmId id = stopped(daemon);
      world.loseDisk(id);
      assertRefused(daemon, id, "newer", "The disk is gone.");
    }
  }

  @Test
  void aVmThatIsBeingStoppedOrDestroyedIsRefused() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      world.deafen(id);
      daemon.power.stop(id, GRACE);
      assertRefused(daemon, id, "newer", "is stopping and cannot be rebuilt");
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertRefused(daemon, id, "newer", "is destroyed and cannot be rebuilt");
    }
  }

  /** A machine that ends by itself while it is to be rebuilt makes no difference. */
  @Test
  void aMachineThatEndsBeforeItIsAskedToIsRebuiltAllTheSame() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      world.end(id, GuestEnd.PANICKED);
      rebuild(daemon, id);
      assertRebuilt(daemon.await(id, VmState.READY));
    }
  }
}

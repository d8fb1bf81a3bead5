package dev.visco.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.MountPath;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.model.StepName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMs are held still, written down and taken back, and a daemon may be killed at any point. */
class SnapshotsTest {
  private static final Path LOST = Path.of("/snapshots/snapshot-00000000000000ff");
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  private ConductorWorld daemon() {
    return daemon(point -> {});
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption).start();
  }

  private static VmId ready(ConductorWorld daemon) {
    VmId id = daemon.insert();
    daemon.await(id, VmState.READY);
    return id;
  }

  private static void assertConflict(Runnable work, String... said) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class))
        .hasMessageContainingAll(said);
  }

  @Test
  void aPausedVmStandsStillAndSaysSo() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      assertThat(daemon.snapshots.pause(id).state()).isEqualTo(VmState.PAUSED);
      assertThat(world.working()).isZero();
      assertThat(daemon.snapshots.pause(id).state()).isEqualTo(VmState.PAUSED);
      assertThat(daemon.snapshots.resume(id).state()).isEqualTo(VmState.READY);
      assertThat(world.working()).isEqualTo(1);
      assertThat(world.clocks()).as("its clock is late by the pause").containsExactly(id);
      assertThat(daemon.snapshots.resume(id).state()).isEqualTo(VmState.READY);
      assertThat(daemon.leases.isIdle()).isTrue();
    }
  }

  @Test
  void onlyWhatMustBeIsDoneWhileTheVmStandsStill() {
    var points = Collections.synchronizedList(new ArrayList<String>());
    try (var daemon = daemon(points::add)) {
      VmId id = ready(daemon);
      points.clear();
      daemon.snapshots.create(id, "first");
      assertThat(points)
          .containsSubsequence(
              "after prepare-snapshot",
              "before pause",
              "after end-snapshot",
              "after resume",
              "before seal",
              "before set-clock");
      assertThat(points.subList(points.indexOf("after pause"), points.indexOf("before resume")))
          .containsExactly(
              "after pause",
              "before begin-snapshot",
              "after begin-snapshot",
              "before end-snapshot",
              "after end-snapshot");
      assertThat(world.clocks()).as("its clock is late by the standstill").containsExactly(id);
    }
  }

  @Test
  void aPauseKeepsTheTimeToLive() {
    try (var daemon = daemon()) {
      VmId id = daemon.insert(Duration.ofSeconds(30), Duration.ofSeconds(2));
      daemon.await(id, VmState.READY);
      daemon.snapshots.pause(id);
      assertThat(daemon.row(id).wakeAt()).isEqualTo(daemon.row(id).expires());
      daemon.await(id, VmState.DESTROYED);
      assertThat(world.machines()).isZero();
    }
  }

  /** Without waiting for whoever boots it, who is not done before it is ready. */
  @Test
  @Timeout(8)
  void whatIsNotReadyIsNeitherPausedNorWrittenDown() {
    try (var daemon = daemon()) {
      world.muteGuests();
      VmId booting = daemon.insert();
      daemon.await(booting, StepName.VERIFY_BOOT);
      assertConflict(
          () -> daemon.snapshots.pause(booting), "is creating and cannot be paused", "is ready");
      assertConflict(
          () -> daemon.power.suspend(booting), "is creating and cannot be suspended", "is ready");
      assertConflict(
          () -> daemon.snapshots.create(booting, null), "cannot be snapshotted", "is ready");
      assertConflict(() -> daemon.snapshots.resume(booting), "is creating", "is ready");
      daemon.destroy(booting);
      daemon.await(booting, VmState.DESTROYED);
      assertConflict(() -> daemon.snapshots.resume(booting), "destroyed");
    }
  }

  @Test
  void aMachineThatCannotBePausedIsStillCalledReady() {
    try (var daemon =
        daemon(point -> {
          if (point.equals("before pause")) {
            throw new HostFault("the control socket is silent");
          }
        })) {
      VmId id = ready(daemon);
      assertThatThrownBy(() -> daemon.snapshots.pause(id)).hasMessageContaining("silent");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
    }
  }

  @Test
  void aSnapshotHoldsTheVmStillOnlyWhileItIsWritten() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      world.work(id, "a file is open");
      Snapshot made = daemon.snapshots.create(id, "first");
      assertThat(made.name()).isEqualTo("first");
      assertThat(made.isWhole()).isTrue();
      assertThat(made.bytes()).isEqualTo(4096);
      assertThat(made.release()).isEqualTo("qemu");
      assertThat(world.snapshots())
          .containsOnly(java.util.Map.entry(files(daemon, "first"), "a file is open"));
      assertThat(world.working()).isEqualTo(1);
      assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
      assertThat(daemon.snapshots.create(id, null).name()).matches("snap-[0-9a-f]{8}");
      assertThat(daemon.snapshots.list()).hasSize(2);
    }
  }

  private static Path files(ConductorWorld daemon, String name) {
    return daemon.snapshotRows.folder("tester", name);
  }

  @Test
  void aPausedVmIsWrittenDownAndStaysPaused() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.pause(id);
      daemon.snapshots.create(id, "still");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.PAUSED);
      assertThat(world.working()).isZero();
    }
  }

  @Test
  void namesAreCheckedAndOneOnAHost() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      assertConflict(() -> daemon.snapshots.create(id, "first"), "first");
      for (String wrong : List.of("", "../x", "A", ".hidden", "a".repeat(33))) {
        assertThatThrownBy(() -> daemon.snapshots.create(id, wrong)).isInstanceOf(Refused.class);
      }
      assertThat(world.snapshots()).hasSize(1);
      assertThatThrownBy(() -> daemon.snapshots.restore(ConductorWorld.TESTER, "other"))
          .hasMessageContaining("other");
      assertThatThrownBy(() -> daemon.snapshots.remove(ConductorWorld.TESTER, "other"))
          .hasMessageContaining("other");
    }
  }

  @Test
  void aSnapshotThatFailsLeavesNothingAndTheVmGoesOn() {
    try (var daemon =
        daemon(point -> {
          if (point.equals("before end-snapshot")) {
            throw new HostFault("the disk is full");
          }
        })) {
      VmId id = ready(daemon);
      assertThatThrownBy(() -> daemon.snapshots.create(id, "first")).hasMessageContaining("full");
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(world.working()).isEqualTo(1);
    }
  }

  @Test
  void aRestoredVmIsAsItWasVerifiedAnewAndItsClockIsSet() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      world.work(id, "before");
      daemon.snapshots.create(id, "first");
      world.work(id, "after");
      int launches = world.launches();
      assertThat(daemon.snapshots.restore(ConductorWorld.TESTER, "first").state())
          .isIn(VmState.CREATING, VmState.READY);
      daemon.await(id, VmState.READY);
      assertThat(world.memory(id)).isEqualTo("before");
      assertThat(world.launches()).isEqualTo(launches + 1);
      assertThat(world.machines()).isEqualTo(1);
      assertThat(world.clocks()).containsExactly(id);
      assertThat(daemon.snapshots.list()).as("it can be done again").hasSize(1);
    }
  }

  @Test
  void aVmThatHasStoppedOrFailedComesBackToItsSnapshot() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      world.killMachine(id);
      try (var lease = daemon.leases.take(id).orElseThrow()) {
        lease.commit(Rows.stopped(daemon.row(id), "killed"), "killed", System.currentTimeMillis());
      }
      daemon.snapshots.restore(ConductorWorld.TESTER, "first");
      daemon.await(id, VmState.READY);
      assertThat(world.machines()).isEqualTo(1);
      assertThat(daemon.row(id).failure()).isNull();
      assertThat(daemon.row(id).wakeAt()).as("nothing ends it").isNull();
    }
  }

  @Test
  void removedAndDestroyedSnapshotsLeaveNothing() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      daemon.snapshots.create(id, "second");
      daemon.snapshots.remove(ConductorWorld.TESTER, "first");
      assertThat(daemon.snapshots.list()).extracting(Snapshot::name).containsExactly("second");
      assertThat(world.snapshots()).containsOnlyKeys(files(daemon, "second"));
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(daemon.snapshots.list()).as("they go with their VM").isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  /** Stops the thread that comes to the point, after the store was taken from it. */
  private static final class Kill implements FakeWorld.Interruption {
    private final String where;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final AtomicReference<ConductorWorld> daemon = new AtomicReference<>();

    Kill(String where) {
      this.where = where;
    }

    @Override
    public void at(String point) {
      if (point.equals(where) && daemon.get() != null && reached.getCount() > 0) {
        daemon.get().kill();
        reached.countDown();
        throw new Death();
      }
      // A killed process does nothing more.
      if (reached.getCount() == 0) {
        throw new Death();
      }
    }
  }

  /** No {@link Exception}, so that nothing handles it. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1;
  }

  private VmId readyVm() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      world.work(id, "before");
      return id;
    }
  }

  private void killAt(String point, java.util.function.Consumer<ConductorWorld> work)
      throws InterruptedException {
    var kill = new Kill(point);
    var daemon = daemon(kill);
    kill.daemon.set(daemon);
    try {
      work.accept(daemon);
    } catch (Death | RuntimeException e) {
      // What it was asked for died with it, which is looked at below.
    }
    assertThat(kill.reached.await(20, TimeUnit.SECONDS)).as("it came to " + point).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before pause",
        "after pause",
        "before prepare-snapshot",
        "after prepare-snapshot",
        "before begin-snapshot",
        "after begin-snapshot",
        "before end-snapshot",
        "after end-snapshot",
        "before resume",
        "after resume",
        "before seal",
        "after seal"
      })
  void aSnapshotThatWasCutOffIsTakenAwayAndItsVmGoesOn(String point) throws Exception {
    VmId id = readyVm();
    killAt(point, daemon -> daemon.snapshots.create(id, "first"));
    try (var daemon = daemon()) {
      assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
      assertThat(world.working()).isEqualTo(1);
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.snapshots.create(id, "first").isWhole()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before pause", "after pause"})
  void aPauseThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = readyVm();
    killAt(point, daemon -> daemon.snapshots.pause(id));
    try (var daemon = daemon()) {
      assertThat(daemon.row(id).state()).isEqualTo(VmState.PAUSED);
      assertThat(world.working()).isZero();
      daemon.snapshots.resume(id);
      assertThat(world.working()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before resume", "after resume", "before set-clock", "after set-clock"})
  void aResumeThatWasCutOffLeavesThePausedVmPaused(String point) throws Exception {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.pause(id);
    }
    killAt(point, daemon -> daemon.snapshots.resume(id));
    try (var daemon = daemon()) {
      assertThat(daemon.row(id).state()).isEqualTo(VmState.PAUSED);
      assertThat(world.working()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before stop-machine",
        "after stop-machine",
        "before put-aside",
        "after put-aside",
        "before begin-take-disk",
        "after begin-take-disk",
        "before end-take-disk",
        "after end-take-disk",
        "before restore",
        "after restore",
        "before launch",
        "after launch",
        "look",
        "before set-clock",
        "after set-clock",
        "before drop-aside",
        "after drop-aside"
      })
  void aRestoreThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.create(id, "first");
      world.work(id, "after");
    }
    killAt(point, daemon -> daemon.snapshots.restore(ConductorWorld.TESTER, "first"));
    try (var daemon = daemon()) {
      daemon.await(id, VmState.READY);
      assertThat(world.memory(id)).isEqualTo("before");
      assertThat(world.disk(id)).isEqualTo("before");
      assertThat(world.disks()).as("none is left aside").isEqualTo(1);
      assertThat(world.machines()).isEqualTo(1);
      assertThat(world.clocks()).containsExactly(id);
      world.work(id, "later");
    }
    try (var daemon = daemon()) {
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void aDamagedSnapshotIsRefusedAndItsVmWorksOn() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      world.work(id, "today");
      world.damage(files(daemon, "first"));
      long revision = daemon.row(id).revision();
      assertConflict(() -> daemon.snapshots.restore(ConductorWorld.TESTER, "first"), "was changed");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
      assertThat(daemon.row(id).revision()).as("nothing was even recorded").isEqualTo(revision);
      assertThat(world.disk(id)).isEqualTo("today");
      assertThat(world.working()).isEqualTo(1);
    }
  }

  private void assertBackAsFarAsCanBe(ConductorWorld daemon, VmId id, String why) {
    VmRow row = daemon.await(id, VmState.STOPPED);
    assertThat(row.failure()).contains("first", why);
    assertThat(row.restoring()).isNull();
    assertThat(row.wakeAt()).as("nothing ends it").isNull();
    assertThat(world.disk(id)).isEqualTo("today");
    assertThat(world.disks()).as("none is left aside").isEqualTo(1);
    assertThat(world.machines()).isZero();
  }

  @Test
  void aRestoreThatCannotStartGivesTheDiskBack() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      world.work(id, "today");
      world.makeUnloadable(files(daemon, "first"));
      daemon.snapshots.restore(ConductorWorld.TESTER, "first");
      assertBackAsFarAsCanBe(daemon, id, "could not load the snapshot");
      assertThat(daemon.row(id).failure()).contains("Its disk is as it was before the restore");
    }
  }

  @Test
  void aRestoreThatIsNotVerifiedGivesTheDiskBack() {
    try (var daemon = daemon()) {
      VmId id = daemon.insert(Duration.ofSeconds(1), null);
      daemon.await(id, VmState.READY);
      daemon.snapshots.create(id, "first");
      world.work(id, "today");
      world.muteGuests();
      daemon.snapshots.restore(ConductorWorld.TESTER, "first");
      assertBackAsFarAsCanBe(daemon, id, "Not ready within 1s");
      world.unmuteGuests();
      daemon.snapshots.restore(ConductorWorld.TESTER, "first");
      daemon.await(id, VmState.READY);
      assertThat(world.disk(id)).as("another try succeeds").isEqualTo("booted");
    }
  }

  /** A full disk, say. */
  @Test
  void aDiskThatCannotBePutBackAtOnceIsPutBackLater() {
    var faults = new AtomicInteger(2);
    try (var daemon =
        daemon(point -> {
          if (point.equals("before put-back") && faults.getAndDecrement() > 0) {
            throw new HostFault("no room for a name");
          }
        })) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "first");
      world.work(id, "today");
      world.makeUnloadable(files(daemon, "first"));
      daemon.snapshots.restore(ConductorWorld.TESTER, "first");
      assertBackAsFarAsCanBe(daemon, id, "could not load the snapshot");
      assertThat(faults.get()).isNegative();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before stop-machine",
        "after stop-machine",
        "before put-aside",
        "after put-aside",
        "before begin-take-disk",
        "after begin-take-disk",
        "before end-take-disk",
        "after end-take-disk",
        "before restore",
        "before put-back",
        "after put-back"
      })
  void aFailedRestoreThatWasCutOffGivesTheDiskBackAllTheSame(String point) throws Exception {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.create(id, "first");
      world.work(id, "today");
      world.makeUnloadable(files(daemon, "first"));
    }
    killAt(point, daemon -> daemon.snapshots.restore(ConductorWorld.TESTER, "first"));
    try (var daemon = daemon()) {
      assertBackAsFarAsCanBe(daemon, id, "could not load the snapshot");
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    }
  }

  @Test
  void aVmThatIsRemovedWhileItIsTakenBackLeavesNoDiskAside() throws Exception {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.create(id, "first");
    }
    killAt("after put-aside", daemon -> daemon.snapshots.restore(ConductorWorld.TESTER, "first"));
    try (var daemon = new ConductorWorld(folder, world, point -> {})) {
      daemon.destroy(id);
      daemon.start();
      daemon.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before remove-snapshot", "after remove-snapshot"})
  void aRemovalThatWasCutOffIsFinishedOrCanBeRepeated(String point) throws Exception {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.create(id, "first");
    }
    killAt(point, daemon -> daemon.snapshots.remove(ConductorWorld.TESTER, "first"));
    try (var daemon = daemon()) {
      if (!daemon.snapshots.list().isEmpty()) {
        daemon.snapshots.remove(ConductorWorld.TESTER, "first");
      }
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.snapshots.list()).isEmpty();
    }
  }

  @Test
  void filesThatNoRowKnowsArePutAsideAndNotDeleted() {
    VmId id = readyVm();
    try (var daemon = daemon()) {
      daemon.snapshots.create(id, "kept");
    }
    var machines = world.parts(point -> {});
    try (var daemon = daemon()) {
      VmWork work = VmWork.of(daemon.row(id));
      machines.prepareSnapshot(work, LOST, true);
      machines.pause(work);
      machines.snapshot(work, LOST);
      machines.resume(work);
    }
    try (var daemon = daemon()) {
      assertThat(daemon.lost).containsExactly(LOST);
      assertThat(world.snapshots()).containsOnlyKeys(files(daemon, "kept"), LOST);
      assertThat(daemon.snapshots.list()).hasSize(1);
    }
  }

  @Test
  void aVmWithVolumesIsNotWrittenDown() {
    try (var daemon = daemon()) {
      var volume = daemon.volumes.create(new UserId("tester"), new VolumeName("data"), 1 << 30);
      VmId id =
          daemon.insert(
              List.of(
                  new VolumeMount(
                      volume.id(), volume.name(), new MountPath("/data"), false, false)));
      daemon.await(id, VmState.READY);
      assertConflict(() -> daemon.snapshots.create(id, "first"), "no part of a snapshot");
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(world.working()).as("it was not paused for it").isEqualTo(1);
    }
  }
}

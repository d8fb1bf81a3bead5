package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.StoreFault;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * VMs are suspended to disk and go on where they were, whenever the daemon is killed and the host
 * goes down. The fake world refuses a memory beside a disk that a guest has changed since.
 */
class SuspensionTest {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final String WORK = "a user's work";
  private static final List<String> SUSPEND =
      List.of("pause", "begin-save-memory", "end-save-memory", "seal", "stop-machine");
  private static final List<String> UNTIL_LOADED = List.of("stop-machine", "load-memory", "launch");
  private static final List<String> GOING_ON = List.of("resume", "set-clock", "remove-snapshot");

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> suspendPoints() {
    return Kill.points(SUSPEND);
  }

  static Stream<String> loadPoints() {
    return Kill.points(UNTIL_LOADED);
  }

  static Stream<String> goingOnPoints() {
    return Stream.concat(Kill.points(GOING_ON), Kill.rounds(Stream.of("look")));
  }

  private ConductorWorld daemon() {
    return daemon(point -> {}, "this-boot").start();
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption, String boot) {
    return new ConductorWorld(folder, world, interruption, InstantSource.system(), 2, boot);
  }

  private VmId worked(ConductorWorld daemon) {
    VmId id = daemon.insert(RestartPolicy.NO);
    daemon.await(id, VmState.READY);
    world.work(id, WORK);
    return id;
  }

  private VmId suspended(ConductorWorld daemon) {
    VmId id = worked(daemon);
    daemon.power.suspend(id);
    return id;
  }

  private Path memory(VmId id) {
    return Path.of("/vms", id.value(), "snapshots", SnapshotRow.memoryOf(id));
  }

  /** It runs, with what it had in memory, and nothing else is left. */
  private void assertWentOn(ConductorWorld daemon, VmId id, String memory) {
    daemon.await(id, VmState.READY);
    assertThat(world.memory(id)).isEqualTo(memory);
    assertRunsAlone(daemon, id);
  }

  private void assertRunsAlone(ConductorWorld daemon, VmId id) {
    assertThat(world.disk(id)).isEqualTo(WORK);
    assertThat(world.working()).isEqualTo(1);
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
    assertThat(world.snapshots()).isEmpty();
    assertThat(daemon.snapshots.list()).isEmpty();
    assertThat(daemon.leases.isIdle()).isTrue();
  }

  private static void assertRefused(ThrowingCallable call, String... said) {
    assertThatThrownBy(call).isInstanceOf(Refused.class).hasMessageContainingAll(said);
  }

  @Test
  void itsMemoryIsOnTheDiskAndItsMachineIsGoneUntilItGoesOn() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      VmRow before = daemon.row(id);
      assertThat(daemon.power.suspend(id).state()).isEqualTo(VmState.SUSPENDED);
      assertThat(world.machines()).isZero();
      assertThat(world.snapshots()).containsOnlyKeys(memory(id));
      VmRow row = daemon.row(id);
      assertThat(row.machine()).isNull();
      assertThat(row.slot()).isEqualTo(before.slot());
      assertThat(daemon.snapshots.list()).as("no snapshot of the user's").isEmpty();
      assertThat(daemon.power.suspend(id).revision()).isEqualTo(row.revision());
      daemon.monitor.check();
      assertThat(daemon.row(id).state()).isEqualTo(VmState.SUSPENDED);

      assertThat(daemon.snapshots.resume(id).slot()).isNull();
      assertWentOn(daemon, id, WORK);
      assertThat(daemon.row(id).slot()).isEqualTo(before.slot());
      assertThat(world.clocks()).as("its clock was behind").containsExactly(id);
      assertThat(world.kept()).as("it has not booted").isEmpty();
      assertThat(daemon.events().toString())
          .contains("is suspended.", "goes on from its memory.", "is ready.")
          .doesNotContain("The snapshot");
    }
  }

  @Test
  void aPausedVmIsSuspendedTooAndStartMeansToGoOn() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      daemon.snapshots.pause(id);
      daemon.power.suspend(id);
      daemon.power.start(id);
      assertWentOn(daemon, id, WORK);
    }
  }

  @Test
  void itGoesOnAfterAReboot() {
    VmId id;
    try (var daemon = daemon()) {
      id = suspended(daemon);
    }
    world.rebootHost();
    try (var next = daemon(point -> {}, "another-boot").start()) {
      assertThat(next.row(id).state()).isEqualTo(VmState.SUSPENDED);
      next.power.start(id);
      assertWentOn(next, id, WORK);
    }
  }

  @Test
  void aRestartOrStopGivesItsMemoryUp() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      daemon.power.restart(id, GRACE);
      assertWentOn(daemon, id, "booted");
      daemon.power.suspend(id);
      daemon.power.stop(id, GRACE);
      daemon.await(id, VmState.STOPPED);
      assertThat(world.snapshots()).isEmpty();
      daemon.power.start(id);
      assertWentOn(daemon, id, "booted");
    }
  }

  @Test
  void aSuspendedVmIsDestroyedWholly() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void aMemoryThatWasDamagedIsNotUsedAndTheVmStaysSuspended() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      world.damage(memory(id));
      long revision = daemon.row(id).revision();
      assertRefused(
          () -> daemon.power.start(id), "stays suspended", "was changed", "restart the VM " + id);
      assertThat(daemon.row(id).revision()).isEqualTo(revision);
      daemon.power.restart(id, GRACE);
      assertWentOn(daemon, id, "booted");
    }
  }

  @Test
  void oneThatCannotGoOnAfterAllBootsFromItsDiskAndSaysSo() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      world.makeUnloadable(memory(id));
      daemon.power.start(id);
      assertWentOn(daemon, id, "booted");
      assertThat(daemon.events().toString())
          .contains("could not go on from its memory, and boots from its disk", "could not load");
    }
  }

  /** Its guest has written to its disk by then. */
  @Test
  void aMachineThatEndsAsItGoesOnIsNotLoadedTwice() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      world.muteGuests();
      daemon.power.start(id);
      Awaitility.await().until(() -> world.working() == 1);
      world.killMachine(id);
      world.unmuteGuests();
      assertWentOn(daemon, id, "booted");
    }
  }

  @Test
  void aSuspensionThatFailsLeavesAVmThatRuns() {
    try (var daemon =
        daemon(
                point -> {
                  if (point.equals("before seal")) {
                    throw new HostFault("the disk is full");
                  }
                },
                "this-boot")
            .start()) {
      VmId id = worked(daemon);
      assertThatThrownBy(() -> daemon.power.suspend(id)).hasMessageContaining("disk is full");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
      assertRunsAlone(daemon, id);
    }
  }

  @Test
  void whatCannotBeIsRefusedWithTheRemedy() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      assertRefused(() -> daemon.suspensions.resume(id), "is ready and cannot be resumed");
      daemon.power.suspend(id);
      assertRefused(() -> daemon.snapshots.pause(id), "is suspended and cannot be paused");
      assertRefused(() -> daemon.snapshots.create(id, "one"), "cannot be snapshotted");
      assertRefused(
          () -> daemon.rebuilds.rebuild(id, "newer", false, GRACE), "is suspended", "rebuilt");
      String name = SnapshotRow.memoryOf(id);
      assertRefused(() -> daemon.snapshots.remove(ConductorWorld.TESTER, name), "no snapshot");
      assertRefused(() -> daemon.snapshots.restore(ConductorWorld.TESTER, name), "no snapshot");
      var owner = new UserId(daemon.row(id).owner());
      daemon.users.update(owner, null, null, UserState.SUSPENDED, 1);
      assertRefused(() -> daemon.power.start(id), "is suspended");
      daemon.users.update(owner, null, null, UserState.ACTIVE, 2);
      daemon.power.stop(id, GRACE);
      daemon.await(id, VmState.STOPPED);
      assertRefused(() -> daemon.power.suspend(id), "is stopped and cannot be suspended");
    }
  }

  /** As after its restore from a backup, which has no memory in it. */
  @Test
  void oneWithoutItsMemoryIsStopped() {
    VmId id;
    try (var daemon = daemon()) {
      id = suspended(daemon);
    }
    world.parts(point -> {}).remove(memory(id));
    try (var next = daemon()) {
      VmRow stopped = next.await(id, VmState.STOPPED);
      assertThat(stopped.failure()).contains("its memory is not there");
      next.power.start(id);
      assertWentOn(next, id, "booted");
    }
  }

  @Test
  void itsMemoryCountsNoMoreAndIsAskedForAgain() {
    try (var daemon = daemon()) {
      VmId id = suspended(daemon);
      daemon.users.update(ConductorWorld.TESTER, null, "{\"memoryMib\":300,\"vcpus\":1}", null, 1);
      VmId other = daemon.insert(RestartPolicy.NO);
      daemon.await(other, VmState.READY);
      assertRefused(() -> daemon.power.start(id), "has 1 of 1 vCPUs; 1 more do not fit");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.SUSPENDED);
      daemon.power.suspend(other);
      daemon.power.start(id);
      daemon.await(id, VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
    }
  }

  private Kill killed(String point, String boot, Wish wish) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill, boot);
    kill.of(first::kill);
    Thread.ofVirtual()
        .start(() -> {
          first.start();
          wish.of(first);
        });
    kill.await();
    return kill;
  }

  /** What somebody wants of a daemon. */
  private interface Wish {
    void of(ConductorWorld daemon);
  }

  private static void quietly(Runnable work) {
    try {
      work.run();
    } catch (StoreFault e) {
      assertThat(e).hasMessageContaining("closed"); // The store was taken away.
    }
  }

  @ParameterizedTest
  @MethodSource("suspendPoints")
  void aSuspensionThatWasCutOffLeavesOneThatRunsOrIsSuspended(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = worked(daemon);
    }
    Kill kill = killed(point, "this-boot", one -> quietly(() -> one.power.suspend(id)));
    try (var next = kill.next(one -> daemon(one, "this-boot"))) {
      assertThat(next.row(id).state()).isIn(VmState.READY, VmState.SUSPENDED);
      if (next.row(id).state() == VmState.SUSPENDED) {
        assertThat(world.machines()).isZero();
        next.power.start(id);
      }
      assertWentOn(next, id, WORK);
      next.destroy(id);
      next.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    }
  }

  /** Its guest has not run, so that its memory is good whenever the daemon is killed. */
  @ParameterizedTest
  @MethodSource("loadPoints")
  void aResumeThatWasCutOffBeforeItsGuestRanIsFinished(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = suspended(daemon);
    }
    Kill kill = killed(point, "this-boot", one -> quietly(() -> one.power.start(id)));
    try (var next = kill.next(one -> daemon(one, "this-boot"))) {
      if (next.row(id).state() == VmState.SUSPENDED) {
        next.power.start(id); // It was killed before the request was recorded.
      }
      assertWentOn(next, id, WORK);
    }
  }

  @ParameterizedTest
  @MethodSource("goingOnPoints")
  void aResumeThatWasCutOffLaterIsFinishedOnTheSameMachine(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = suspended(daemon);
    }
    int launches = world.launches();
    Kill kill = killed(point, "this-boot", one -> quietly(() -> one.power.start(id)));
    try (var next = kill.next(one -> daemon(one, "this-boot"))) {
      assertWentOn(next, id, WORK);
      assertThat(world.launches()).isEqualTo(launches + 1);
    }
  }

  /** The host goes down as well: what has run since is on the disk, and boots from there. */
  @ParameterizedTest
  @MethodSource("goingOnPoints")
  void aRebootWhileItGoesOnNeverLoadsAnOldMemory(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = suspended(daemon);
    }
    killed(point, "this-boot", one -> quietly(() -> one.power.start(id)));
    world.rebootHost();
    try (var next = daemon(one -> {}, "another-boot").start()) {
      next.await(id, VmState.READY);
      assertThat(Set.of("booted", WORK)).contains(world.memory(id));
      assertRunsAlone(next, id);
    }
  }
}

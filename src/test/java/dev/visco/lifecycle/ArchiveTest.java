package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.StoreFault;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sleeping VMs whose memory is given up and whose disk is compressed, whenever one is cut off. */
class ArchiveTest {
  private static final String WORK = "a user's work";
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> archivePoints() {
    return Kill.points(List.of("begin-pack", "end-pack", "replace-disk", "remove-snapshot"));
  }

  static Stream<String> wakePoints() {
    return Kill.points(List.of("unpack", "keep-last-boot", "launch"));
  }

  private ConductorWorld daemon() {
    return daemon(point -> {}).start();
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption, InstantSource.system(), 2, "this-boot");
  }

  private VmId worked(ConductorWorld daemon) {
    VmId id = daemon.insert(RestartPolicy.NO);
    daemon.await(id, VmState.READY);
    world.work(id, WORK);
    return id;
  }

  private VmId asleep(ConductorWorld daemon) {
    VmId id = worked(daemon);
    daemon.power.sleep(id);
    return id;
  }

  private VmId archived(ConductorWorld daemon) {
    VmId id = asleep(daemon);
    assertThat(daemon.power.archive(id).state()).isEqualTo(VmState.ARCHIVED);
    return id;
  }

  private static Waking waking(ConductorWorld daemon, Duration max) {
    return new Waking(
        ConductorWorld.views(daemon.rows, new FakeHost()),
        daemon.suspensions,
        daemon.archives,
        daemon.changes::await,
        max);
  }

  private static void assertRefused(ThrowingCallable call, String... said) {
    assertThatThrownBy(call).isInstanceOf(Refused.class).hasMessageContainingAll(said);
  }

  private void assertBooted(ConductorWorld daemon, VmId id) {
    daemon.await(id, VmState.READY);
    assertThat(world.memory(id)).isEqualTo("booted");
    assertRuns(daemon, id);
  }

  private void assertRuns(ConductorWorld daemon, VmId id) {
    daemon.await(id, VmState.READY);
    assertThat(world.disk(id)).isEqualTo(WORK);
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
    assertThat(world.snapshots()).isEmpty();
    assertThat(daemon.leases.isIdle()).isTrue();
  }

  @Test
  void itsMemoryIsGivenUpAndItsDiskIsCompressedUntilSomebodyNeedsIt() throws Exception {
    try (var daemon = daemon()) {
      VmId id = archived(daemon);
      assertThat(world.packedDisk(id)).isEqualTo(WORK);
      assertThat(world.snapshots()).as("its memory").isEmpty();
      long revision = daemon.row(id).revision();
      assertThat(daemon.power.archive(id).revision()).isEqualTo(revision);
      daemon.monitor.check();
      Waking waking = waking(daemon, LONG);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<VmState>> all =
            Stream.generate(() -> threads.submit(() -> waking.awake(id).state()))
                .limit(20)
                .toList();
        for (Future<VmState> one : all) {
          assertThat(one.get()).isEqualTo(VmState.READY);
        }
      }
      assertBooted(daemon, id);
      assertThat(daemon.events().toString())
          .containsOnlyOnce("is archived.")
          .containsOnlyOnce("It was archived, and boots from its disk.");
    }
  }

  @Test
  void oneThatRunsIsPutToSleepFirstAndStartAndRestartBootIt() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      daemon.power.archive(id);
      daemon.power.start(id);
      assertBooted(daemon, id);
      world.work(id, WORK);
      daemon.power.archive(id);
      daemon.power.restart(id, LONG);
      assertBooted(daemon, id);
      world.work(id, WORK);
      daemon.power.archive(id);
      waking(daemon, Duration.ZERO).begin(id);
      assertBooted(daemon, id);
    }
  }

  /** The copy is dropped, and the VM goes on from its memory. */
  @Test
  void whoNeedsItMeanwhileWakesItFromItsMemory() throws Exception {
    var isPacking = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    FakeWorld.Interruption slow =
        point -> {
          if (point.equals("before end-pack")) {
            isPacking.countDown();
            await(mayEnd);
          }
        };
    try (var daemon = daemon(slow).start();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      VmId id = asleep(daemon);
      Future<?> archiving = threads.submit(() -> daemon.power.archive(id));
      await(isPacking);
      assertRefused(() -> daemon.power.archive(id), "is being archived already");
      assertThat(waking(daemon, LONG).awake(id).state()).isEqualTo(VmState.READY);
      mayEnd.countDown();
      assertThatThrownBy(archiving::get).hasMessageContaining("was needed meanwhile");
      assertThat(world.memory(id)).isEqualTo(WORK);
      assertRuns(daemon, id);
    }
  }

  /** Its disk is another one than that of the copy. */
  @Test
  void oneThatSleepsAgainMeanwhileIsNotArchived() throws Exception {
    var isPacking = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    FakeWorld.Interruption slow =
        point -> {
          if (point.equals("after end-pack") && isPacking.getCount() > 0) {
            isPacking.countDown();
            await(mayEnd);
          }
        };
    try (var daemon = daemon(slow).start();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      VmId id = asleep(daemon);
      Future<?> archiving = threads.submit(() -> daemon.power.archive(id));
      await(isPacking);
      waking(daemon, LONG).awake(id);
      world.work(id, "newer work");
      daemon.power.sleep(id);
      mayEnd.countDown();
      assertThatThrownBy(archiving::get).hasMessageContaining("was needed meanwhile");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.ASLEEP);
      daemon.power.archive(id);
      assertThat(world.packedDisk(id)).isEqualTo("newer work");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anArchiveThatFailsLeavesOneThatIsAsleep() {
    FakeWorld.Interruption full =
        point -> {
          if (point.equals("before end-pack")) {
            throw new HostFault("the disk is full");
          }
        };
    try (var daemon = daemon(full).start()) {
      VmId id = asleep(daemon);
      assertThatThrownBy(() -> daemon.power.archive(id)).hasMessageContaining("disk is full");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.ASLEEP);
      assertThat(waking(daemon, LONG).awake(id).state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
      assertRuns(daemon, id);
    }
  }

  @Test
  void whatCannotBeIsRefusedWithTheRemedy() {
    try (var daemon = daemon()) {
      VmId id = archived(daemon);
      assertRefused(() -> daemon.power.stop(id, LONG), "is archived and cannot be stopped");
      assertRefused(() -> daemon.power.sleep(id), "is archived and cannot be put to sleep");
      assertRefused(() -> daemon.power.suspend(id), "is archived and cannot be suspended");
      assertRefused(() -> daemon.snapshots.pause(id), "is archived and cannot be paused");
      assertRefused(() -> daemon.snapshots.resume(id), "is archived and cannot be resumed");
      assertRefused(() -> daemon.snapshots.create(id, "one"), "cannot be snapshotted", "Start it");
      assertRefused(
          () -> daemon.rebuilds.rebuild(id, "newer", false, LONG), "is archived", "Start it first");
      var owner = new UserId(daemon.row(id).owner());
      daemon.users.update(owner, null, null, UserState.SUSPENDED, 1);
      assertRefused(() -> waking(daemon, LONG).awake(id), "is suspended");
      assertRefused(() -> daemon.power.start(id), "is suspended");
      daemon.users.update(owner, null, null, UserState.ACTIVE, 2);
      daemon.power.start(id);
      daemon.await(id, VmState.READY);
      daemon.snapshots.pause(id);
      assertRefused(() -> daemon.power.archive(id), "is paused and cannot be archived", "resume");
      daemon.power.suspend(id);
      assertRefused(() -> daemon.power.archive(id), "is suspended and cannot be archived", "sleep");
      daemon.power.stop(id, Duration.ZERO);
      daemon.await(id, VmState.STOPPED);
      assertRefused(() -> daemon.power.archive(id), "is stopped and cannot be archived");
    }
  }

  @Test
  void itsMemoryCountsNoMoreAndIsAskedForAgain() {
    try (var daemon = daemon()) {
      VmId id = archived(daemon);
      daemon.users.update(ConductorWorld.TESTER, null, "{\"memoryMib\":300,\"vcpus\":1}", null, 1);
      VmId other = daemon.insert(RestartPolicy.NO);
      daemon.await(other, VmState.READY);
      assertRefused(() -> daemon.power.wake(id), "has 1 of 1 vCPUs; 1 more do not fit");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.ARCHIVED);
      daemon.power.archive(other);
      daemon.power.wake(id);
      daemon.await(id, VmState.READY);
    }
  }

  @Test
  void anArchivedVmIsDestroyedWholly() {
    try (var daemon = daemon()) {
      VmId id = archived(daemon);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    }
  }

  @Test
  void whoWaitedLongEnoughIsToldToComeAgain() {
    try (var daemon = daemon()) {
      VmId id = archived(daemon);
      world.muteGuests();
      Waking waking = waking(daemon, Duration.ofMillis(50));
      for (int count = 0; count < 2; count++) {
        assertThatThrownBy(() -> waking.awake(id))
            .isInstanceOfSatisfying(
                Refused.class,
                refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.NotReadyYet.class));
      }
      world.unmuteGuests();
      assertBooted(daemon, id);
    }
  }

  @ParameterizedTest
  @MethodSource("archivePoints")
  void anArchiveThatWasCutOffLeavesOneThatIsAsleepOrArchived(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = asleep(daemon);
    }
    Kill kill = killed(point, one -> one.power.archive(id));
    try (var next = kill.next(this::daemon)) {
      VmState state = next.row(id).state();
      assertThat(state).isIn(VmState.ASLEEP, VmState.ARCHIVED);
      assertThat(world.disks()).as("one of the two").isOne();
      assertThat(world.snapshots()).hasSize(state == VmState.ASLEEP ? 1 : 0);
      assertThat(waking(next, LONG).awake(id).state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo(state == VmState.ASLEEP ? WORK : "booted");
      next.await(id, VmState.READY);
      assertRuns(next, id);
    }
  }

  @ParameterizedTest
  @MethodSource("wakePoints")
  void aWakeThatWasCutOffIsFinished(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = archived(daemon);
    }
    Kill kill = killed(point, one -> one.power.wake(id));
    try (var next = kill.next(this::daemon)) {
      assertBooted(next, id);
    }
  }

  /** What somebody wants of a daemon. */
  private interface Wish {
    void of(ConductorWorld daemon);
  }

  private Kill killed(String point, Wish wish) throws Exception {
    var kill = new Kill(point);
    ConductorWorld first = daemon(kill);
    kill.of(first::kill);
    Thread.ofVirtual()
        .start(() -> {
          first.start();
          try {
            wish.of(first);
          } catch (StoreFault e) {
            assertThat(e).hasMessageContaining("closed"); // The store was taken away.
          }
        });
    kill.await();
    return kill;
  }
}

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.StoreFault;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * VMs that are asleep go on for whoever needs them. How they are written is suspension's matter.
 */
class SleepTest {
  private static final String WORK = "a user's work";
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> points() {
    return Kill.points(
        List.of(
            "sync-guest", "pause", "begin-save-memory", "end-save-memory", "seal", "stop-machine"));
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
    assertThat(daemon.power.sleep(id).state()).isEqualTo(VmState.ASLEEP);
    assertThat(world.machines()).isZero();
    return id;
  }

  private static Waking waking(ConductorWorld daemon, Duration max) {
    return waking(daemon, daemon.changes::await, max);
  }

  private static Waking waking(ConductorWorld daemon, Waking.Waiting waiting, Duration max) {
    return new Waking(
        ConductorWorld.views(daemon.rows, new FakeHost()),
        daemon.suspensions,
        daemon.archives,
        waiting,
        max);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertRefused(ThrowingCallable call, String... said) {
    assertThatThrownBy(call).isInstanceOf(Refused.class).hasMessageContainingAll(said);
  }

  @Test
  void whoeverNeedsItHasItGoOnAndManyAtOnceDoSoOnce() throws Exception {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      Waking waking = waking(daemon, LONG);
      var seen = new ArrayList<Future<Vm>>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int count = 0; count < 20; count++) {
          seen.add(threads.submit(() -> waking.awake(id)));
        }
        for (Future<Vm> one : seen) {
          assertThat(one.get().state()).isEqualTo(VmState.READY);
        }
      }
      assertThat(world.memory(id)).isEqualTo(WORK);
      assertThat(daemon.events().toString())
          .containsOnlyOnce("is asleep.")
          .containsOnlyOnce("goes on from its memory.");
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void oneThatIsAwakeCostsNoWaiting() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      long revision = daemon.row(id).revision();
      Waking waking =
          waking(
              daemon,
              (ids, max, thing) -> {
                throw new AssertionError("nothing is waited for");
              },
              LONG);
      assertThat(waking.awake(id).revision()).isEqualTo(revision);
      daemon.power.suspend(id);
      assertThat(waking.awake(id).state()).isEqualTo(VmState.SUSPENDED);
    }
  }

  /** Its row says ready until its memory is written, while its guest stands still. */
  @Test
  void whoNeedsItWhileItFallsAsleepGetsItAwake() throws Exception {
    var isSealing = new CountDownLatch(1);
    var maySeal = new CountDownLatch(1);
    FakeWorld.Interruption slow =
        point -> {
          if (point.equals("before seal")) {
            isSealing.countDown();
            await(maySeal);
          }
        };
    try (var daemon = daemon(slow).start();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      VmId id = worked(daemon);
      threads.submit(() -> daemon.power.sleep(id));
      await(isSealing);
      Future<Vm> needed = threads.submit(() -> waking(daemon, LONG).awake(id));
      assertThatThrownBy(() -> needed.get(100, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      maySeal.countDown();
      assertThat(needed.get().state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
      assertThat(daemon.events().toString()).contains("is asleep.", "goes on from its memory.");
    }
  }

  @Test
  void askingForItsDesktopOnlyBeginsToWakeIt() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      waking(daemon, Duration.ZERO).begin(id);
      daemon.await(id, VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
    }
  }

  /** Its memory may be given up later on. */
  @Test
  void itsGuestWritesToItsDiskWhatItHoldsIfItCan() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      assertThat(world.synced()).containsExactly(id);
      VmId other = worked(daemon);
      world.muteGuests();
      assertThat(daemon.power.sleep(other).state()).isEqualTo(VmState.ASLEEP);
      assertThat(world.synced()).containsExactly(id);
    }
  }

  @Test
  void oneThatIsSuspendedIsNotWokenUnlessItIsPutToSleep() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      Waking waking = waking(daemon, LONG);
      assertThat(daemon.power.suspend(id).state()).isEqualTo(VmState.SUSPENDED);
      assertThat(waking.awake(id).state()).isEqualTo(VmState.SUSPENDED);
      assertThat(daemon.power.sleep(id).state()).isEqualTo(VmState.ASLEEP);
      assertThat(waking.awake(id).state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
    }
  }

  @Test
  void whatRunsIsWokenByNobodyAndWhatStandsStillIsNotPutToSleep() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      assertThat(daemon.power.wake(id).state()).isEqualTo(VmState.READY);
      daemon.snapshots.pause(id);
      assertRefused(() -> daemon.power.sleep(id), "is paused and cannot be put to sleep");
      daemon.snapshots.resume(id);
      daemon.power.stop(id, Duration.ZERO);
      daemon.await(id, VmState.STOPPED);
      assertRefused(() -> daemon.power.sleep(id), "is stopped and cannot be put to sleep");
      daemon.power.wake(id);
      daemon.await(id, VmState.READY);
    }
  }

  @Test
  void oneWhoseMemoryIsDamagedBootsFromItsDiskAndSaysSo() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      world.damage(Path.of("/vms", id.value(), "snapshots", SnapshotRow.memoryOf(id)));
      assertThat(waking(daemon, LONG).awake(id).state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo("booted");
      assertThat(world.disk(id)).isEqualTo(WORK);
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.events().toString()).contains("was changed");
    }
  }

  @Test
  void whoWaitedLongEnoughIsToldToComeAgain() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      world.muteGuests();
      assertThatThrownBy(() -> waking(daemon, Duration.ofMillis(50)).awake(id))
          .isInstanceOfSatisfying(
              Refused.class,
              refused ->
                  assertThat(refused.refusal())
                      .isInstanceOfSatisfying(
                          Refusal.NotReadyYet.class,
                          later -> {
                            assertThat(later.detail())
                                .isEqualTo(
                                    "The VM " + id + " is being woken, and is not ready yet.");
                            assertThat(later.retryAfter()).isPositive();
                          }));
      world.unmuteGuests();
      daemon.await(id, VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
    }
  }

  @Test
  void thoseOfASuspendedUserAreNotWoken() {
    try (var daemon = daemon()) {
      VmId id = asleep(daemon);
      var owner = new UserId(daemon.row(id).owner());
      daemon.users.update(owner, null, null, UserState.SUSPENDED, 1);
      assertRefused(() -> waking(daemon, LONG).awake(id), "is suspended");
      assertThat(daemon.row(id).state()).isEqualTo(VmState.ASLEEP);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("points")
  void aSleepThatWasCutOffLeavesOneThatRunsOrIsAsleep(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = worked(daemon);
    }
    var kill = new Kill(point);
    ConductorWorld first = daemon(kill);
    kill.of(first::kill);
    Thread.ofVirtual()
        .start(() -> {
          first.start();
          try {
            first.power.sleep(id);
          } catch (StoreFault e) {
            assertThat(e).hasMessageContaining("closed"); // The store was taken away.
          }
        });
    kill.await();
    try (var next = kill.next(this::daemon)) {
      assertThat(next.row(id).state()).isIn(VmState.READY, VmState.ASLEEP);
      assertThat(waking(next, LONG).awake(id).state()).isEqualTo(VmState.READY);
      assertThat(world.memory(id)).isEqualTo(WORK);
      assertThat(world.snapshots()).isEmpty();
      assertThat(world.machines()).isOne();
    }
  }
}

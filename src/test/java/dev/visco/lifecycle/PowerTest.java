package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.DesiredState;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.users.Users;
import dev.visco.verify.GuestEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** VMs that are stopped and started, by hand and by themselves. */
class PowerTest {
  private static final Duration GRACE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final FakeWorld world = new FakeWorld();
  private ConductorWorld daemon;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}).start();
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private VmId ready(RestartPolicy restart) {
    VmId id = daemon.insert(restart);
    daemon.await(id, VmState.READY);
    world.work(id, "a user's work");
    return id;
  }

  /** The monitor's rounds until the VM is in this state. */
  private VmRow watched(VmId id, VmState state) {
    Awaitility.await()
        .until(() -> {
          daemon.monitor.check();
          return daemon.row(id).state() == state;
        });
    return daemon.row(id);
  }

  @Test
  void nobodyStartsAVmOfASuspendedUser() {
    VmId id = ready(RestartPolicy.ALWAYS);
    var owner = new UserId(daemon.row(id).owner());
    var users =
        new Users(
            daemon.users,
            user -> assertThat(daemon.power.stop(id, GRACE).state()).isEqualTo(VmState.STOPPING),
            user -> {},
            user -> {},
            () -> Instant.EPOCH);
    users.suspend(owner);
    daemon.await(id, VmState.STOPPED);
    assertThatThrownBy(() -> daemon.power.start(id))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("User " + owner + " is suspended.");
    assertThatThrownBy(() -> daemon.power.restart(id, GRACE)).isInstanceOf(Refused.class);
    daemon.monitor.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.STOPPED);
    users.resume(owner);
    assertThat(daemon.row(id).state()).as("nobody has started it").isEqualTo(VmState.STOPPED);
    daemon.power.start(id);
    daemon.await(id, VmState.READY);
    assertThat(world.disk(id)).isEqualTo("a user's work");
  }

  @Test
  void aStoppedVmHasNoMachineAndKeepsItsDiskAndItsSlot() {
    VmId id = ready(RestartPolicy.ALWAYS);
    VmRow before = daemon.row(id);
    assertThat(daemon.power.stop(id, GRACE).state()).isEqualTo(VmState.STOPPING);
    VmRow stopped = daemon.await(id, VmState.STOPPED);
    assertThat(world.machines()).isZero();
    assertThat(stopped.machine()).isNull();
    assertThat(stopped.failure()).as("somebody wanted it so").isNull();
    assertThat(stopped.slot()).isEqualTo(before.slot());
    assertThat(stopped.wakeAt()).as("no clock destroys it").isNull();
    assertThat(world.disk(id)).isEqualTo("a user's work");
    long revision = stopped.revision();
    daemon.monitor.check();
    assertThat(daemon.power.stop(id, GRACE).revision()).as("safe to repeat").isEqualTo(revision);
  }

  @Test
  void aStartBootsTheSameDiskAndPutsTheLastEvidenceAside() {
    VmId id = ready(RestartPolicy.NO);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    assertThat(daemon.power.start(id).state()).isEqualTo(VmState.STARTING);
    VmRow ready = daemon.await(id, VmState.READY);
    assertThat(ready.desired()).isEqualTo(DesiredState.EXIST);
    assertThat(world.disk(id)).isEqualTo("a user's work");
    assertThat(world.kept()).containsExactly(id);
    assertThat(world.machines()).isEqualTo(1);
    assertThat(daemon.power.start(id).revision())
        .as("one that is ready is left alone")
        .isEqualTo(ready.revision());
  }

  @Test
  void aGuestThatDoesNotHearIsEndedWhenItsGraceIsOver() {
    VmId id = ready(RestartPolicy.NO);
    world.deafen(id);
    daemon.power.stop(id, Duration.ofMillis(300));
    daemon.await(id, VmState.STOPPED);
    assertThat(world.machines()).isZero();
  }

  @Test
  void aKillEndsAGraceThatIsRunning() {
    VmId id = ready(RestartPolicy.NO);
    world.deafen(id);
    daemon.power.stop(id, Duration.ofMinutes(10));
    daemon.power.stop(id, Duration.ZERO);
    daemon.await(id, VmState.STOPPED);
    assertThat(world.machines()).isZero();
  }

  @Test
  void aStopThatIsTakenBackBecomesARestart() {
    VmId id = ready(RestartPolicy.NO);
    world.deafen(id);
    int launches = world.launches();
    daemon.power.stop(id, Duration.ofMillis(500));
    daemon.power.start(id);
    daemon.await(id, VmState.READY);
    assertThat(world.launches()).isEqualTo(launches + 1);
  }

  @Test
  void aRestartEndsTheMachineAndBootsAnother() {
    VmId id = ready(RestartPolicy.NO);
    long before = daemon.row(id).revision();
    daemon.power.restart(id, GRACE);
    Awaitility.await()
        .until(() ->
            daemon.row(id).state() == VmState.READY && daemon.row(id).revision() > before + 2);
    assertThat(world.launches()).isEqualTo(2);
    assertThat(world.machines()).isEqualTo(1);
    assertThat(world.disk(id)).isEqualTo("a user's work");
  }

  @Test
  void aPausedVmCanBeStopped() {
    VmId id = ready(RestartPolicy.NO);
    daemon.snapshots.pause(id);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    assertThat(world.machines()).isZero();
  }

  @Test
  void oneThatBootsIsStoppedBeforeItIsReady() {
    world.muteGuests();
    VmId id = daemon.insert(RestartPolicy.ALWAYS);
    Awaitility.await().until(() -> world.machines() == 1);
    daemon.power.stop(id, Duration.ZERO);
    daemon.await(id, VmState.STOPPED);
    assertThat(world.machines()).isZero();
    world.unmuteGuests();
    daemon.power.start(id);
    daemon.await(id, VmState.READY);
  }

  @Test
  void aStoppedVmIsDestroyedWholly() {
    VmId id = ready(RestartPolicy.ALWAYS);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    daemon.destroy(id);
    daemon.await(id, VmState.DESTROYED);
    assertThat(world.disks()).isZero();
    assertThat(world.slots()).isZero();
  }

  @Test
  void aDestroyEndsAGraceThatIsRunning() {
    VmId id = ready(RestartPolicy.ALWAYS);
    world.deafen(id);
    daemon.power.stop(id, Duration.ofMinutes(10));
    daemon.destroy(id);
    daemon.await(id, VmState.DESTROYED);
    assertThat(world.machines()).isZero();
  }

  @Test
  void whatCannotBeIsRefusedWithTheRemedy() {
    VmId id = ready(RestartPolicy.NO);
    daemon.snapshots.pause(id);
    assertRefused(() -> daemon.power.start(id), "is paused and cannot be started");
    assertThatThrownBy(() -> daemon.power.stop(id, Duration.ofHours(1)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("grace \"1h\" is no time for a guest to shut down");
    assertThat(daemon.row(id).state()).isEqualTo(VmState.PAUSED);
    daemon.destroy(id);
    assertRefused(() -> daemon.power.stop(id, GRACE), "cannot be stopped");
    daemon.await(id, VmState.DESTROYED);
    assertRefused(() -> daemon.power.start(id), "is destroyed and cannot be started");
    assertRefused(() -> daemon.power.restart(id, GRACE), "is destroyed and cannot be restarted");
  }

  private static void assertRefused(Runnable call, String why) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class))
        .hasMessageContaining(why);
  }

  @Test
  void aStartWithoutItsDiskFailsAndMakesNoNewOne() {
    VmId id = ready(RestartPolicy.NO);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    world.loseDisk(id);
    daemon.power.start(id);
    VmRow failed = daemon.await(id, VmState.FAILED);
    assertThat(failed.failure()).contains("The disk is gone");
    assertThat(failed.wakeAt()).as("it was ready once: no clock destroys it").isNull();
    assertThat(world.disks()).isZero();
  }

  @Test
  void aGuestThatWasShutDownFromWithinStaysStopped() {
    VmId id = ready(RestartPolicy.ON_FAILURE);
    world.switchOff(id);
    VmRow stopped = watched(id, VmState.STOPPED);
    assertThat(stopped.failure()).isEqualTo("Its guest was shut down.");
    assertThat(world.machines()).as("its machine is ended").isZero();
  }

  @Test
  void alwaysMeansAfterAShutDownToo() {
    VmId id = ready(RestartPolicy.ALWAYS);
    world.end(id, GuestEnd.POWERED_OFF);
    watched(id, VmState.STARTING);
    daemon.await(id, VmState.READY);
  }

  @ParameterizedTest
  @EnumSource(names = {"PANICKED", "REBOOTED"})
  void aGuestThatPanickedOrRebootedIsStartedAgain(GuestEnd end) {
    VmId id = ready(RestartPolicy.ON_FAILURE);
    world.end(id, end);
    VmRow starting = watched(id, VmState.STARTING);
    assertThat(starting.restarts()).isEqualTo(1);
    assertThat(starting.failure()).isNotBlank();
    VmRow ready = daemon.await(id, VmState.READY);
    assertThat(ready.failure()).isNull();
    assertThat(world.disk(id)).isEqualTo("a user's work");
    assertThat(world.machines()).isEqualTo(1);
  }

  @Test
  void withPolicyNoItStaysStopped() {
    VmId id = ready(RestartPolicy.NO);
    world.killMachine(id);
    VmRow stopped = watched(id, VmState.STOPPED);
    assertThat(stopped.failure()).contains("its VMM was killed, or failed");
    daemon.monitor.check();
    assertThat(daemon.row(id)).isEqualTo(stopped);
  }

  @Test
  void whatEndsAgainAndAgainHasFailedAtLast() {
    VmId id = ready(RestartPolicy.ON_FAILURE);
    VmRow row = daemon.row(id);
    var restarts = new Restarts(daemon.clocks());
    long[] pauses = new long[Restarts.MAX];
    for (int i = 0; i < Restarts.MAX; i++) {
      row = restarts.afterEnd(Rows.readyAt(row, daemon.clocks().now()), Optional.empty());
      assertThat(row.state()).isEqualTo(VmState.STARTING);
      assertThat(row.restarts()).isEqualTo(i + 1);
      pauses[i] = restarts.left(row);
    }
    assertThat(pauses).isSorted();
    assertThat(pauses[Restarts.MAX - 1]).isGreaterThan(10_000).isLessThanOrEqualTo(60_000);
    row = restarts.afterEnd(Rows.readyAt(row, daemon.clocks().now()), Optional.empty());
    assertThat(row.state()).isEqualTo(VmState.FAILED);
    assertThat(row.failure()).contains("started again 5 times in a row");
  }

  @Test
  void oneThatRanForLongBeginsToCountAnew() {
    VmId id = ready(RestartPolicy.ON_FAILURE);
    var restarts = new Restarts(daemon.clocks());
    VmRow once = restarts.afterEnd(daemon.row(id), Optional.of(GuestEnd.PANICKED));
    long longAgo = InstantSource.system().millis() - Restarts.RAN_WELL.toMillis();
    VmRow again = restarts.afterEnd(Rows.readyAt(once, longAgo), Optional.of(GuestEnd.PANICKED));
    assertThat(again.restarts()).isEqualTo(1);
  }

  @Test
  void aStartThatFailsIsTriedAgainByThePolicy() {
    VmId id = ready(RestartPolicy.ON_FAILURE);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    world.spoil("qemu");
    daemon.power.start(id);
    Awaitility.await().until(() -> daemon.row(id).restarts() == 1);
    assertThat(daemon.row(id).failure()).contains("Its machine ended.");
    world.mend("qemu");
    daemon.await(id, VmState.READY);
  }

  @Test
  void afterARebootOfTheHostWhatRanRunsAndWhatWasStoppedIsStopped() {
    VmId ran = ready(RestartPolicy.NO);
    VmId paused = ready(RestartPolicy.ON_FAILURE);
    daemon.snapshots.pause(paused);
    VmId stopped = ready(RestartPolicy.ALWAYS);
    daemon.power.stop(stopped, GRACE);
    daemon.await(stopped, VmState.STOPPED);
    daemon.kill();
    world.rebootHost();
    daemon =
        new ConductorWorld(folder, world, point -> {}, InstantSource.system(), 2, "another-boot")
            .start();
    daemon.await(ran, VmState.READY);
    daemon.await(paused, VmState.READY);
    assertThat(daemon.row(ran).restarts()).as("it is no failure").isZero();
    assertThat(daemon.row(stopped).state()).isEqualTo(VmState.STOPPED);
    assertThat(world.machines()).isEqualTo(2);
    assertThat(world.disk(ran)).isEqualTo("a user's work");
    assertThat(world.slots()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void oneThatWasOnItsWayWhenTheHostWentDownIsMadeFromItsFirstStepOn() {
    world.muteGuests();
    VmId id = daemon.insert(RestartPolicy.NO);
    Awaitility.await().until(() -> world.machines() == 1);
    daemon.kill();
    world.rebootHost();
    world.unmuteGuests();
    daemon =
        new ConductorWorld(folder, world, point -> {}, InstantSource.system(), 2, "another-boot")
            .start();
    daemon.await(id, VmState.READY);
    assertThat(world.machines()).isEqualTo(1);
  }
}

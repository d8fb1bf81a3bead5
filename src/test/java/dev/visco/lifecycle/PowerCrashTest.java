package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.RestartPolicy;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.StoreFault;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect of a stop, a start, a restart and the recovery
 * after a reboot of the host; whoever starts next comes to the same end, and the disk is as it was.
 */
class PowerCrashTest {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final List<String> STOP = List.of("shut-down", "stop-machine");
  private static final List<String> START = List.of("keep-last-boot", "launch");
  private static final List<String> REBOOTED = List.of("open-slot", "keep-last-boot", "launch");

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> stopPoints() {
    return Kill.points(STOP);
  }

  static Stream<String> startPoints() {
    return Stream.concat(Kill.points(START), Kill.rounds(Stream.of("look")));
  }

  static Stream<String> restartPoints() {
    return Stream.concat(stopPoints(), startPoints());
  }

  static Stream<String> rebootPoints() {
    return Stream.concat(Kill.points(REBOOTED), Kill.rounds(Stream.of("look")));
  }

  /** A VM in which a user has worked, of a daemon that has ended. */
  private VmId worked(boolean isStopped) {
    try (var daemon = daemon(point -> {}, "this-boot").start()) {
      VmId id = daemon.insert(RestartPolicy.ON_FAILURE);
      daemon.await(id, VmState.READY);
      world.work(id, "a user's work");
      if (isStopped) {
        daemon.power.stop(id, GRACE);
        daemon.await(id, VmState.STOPPED);
      }
      return id;
    }
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption, String boot) {
    return new ConductorWorld(folder, world, interruption, InstantSource.system(), 2, boot);
  }

  /** What somebody wants of a VM. */
  private interface Wish {
    void of(ConductorWorld daemon, VmId id);
  }

  private Kill killed(String point, String boot, VmId id, Wish wish) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill, boot);
    kill.of(first::kill);
    first.start();
    try {
      wish.of(first, id);
    } catch (StoreFault e) {
      // It was recorded, and the store was taken away before the answer.
      assertThat(e).hasMessageContaining("closed");
    }
    kill.await();
    return kill;
  }

  private void assertRuns(Kill kill, VmId id, String boot) {
    try (var second = kill.next(next -> daemon(next, boot))) {
      second.await(id, VmState.READY);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
      assertThat(world.disk(id)).isEqualTo("a user's work");
      second.destroy(id);
      second.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(second.slots.used()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("stopPoints")
  void aStopThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = worked(false);
    Kill kill = killed(point, "this-boot", id, (daemon, one) -> daemon.power.stop(one, GRACE));
    try (var second = kill.next(next -> daemon(next, "this-boot"))) {
      second.await(id, VmState.STOPPED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 0);
      assertThat(world.disk(id)).isEqualTo("a user's work");
    }
  }

  @ParameterizedTest
  @MethodSource("startPoints")
  void aStartThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = worked(true);
    Kill kill = killed(point, "this-boot", id, (daemon, one) -> daemon.power.start(one));
    assertRuns(kill, id, "this-boot");
  }

  @ParameterizedTest
  @MethodSource("restartPoints")
  void aRestartThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = worked(false);
    Kill kill = killed(point, "this-boot", id, (daemon, one) -> daemon.power.restart(one, GRACE));
    assertRuns(kill, id, "this-boot");
  }

  @ParameterizedTest
  @MethodSource("rebootPoints")
  void aRecoveryAfterARebootThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = worked(false);
    world.rebootHost();
    Kill kill = killed(point, "another-boot", id, (daemon, one) -> {});
    assertRuns(kill, id, "another-boot");
  }
}

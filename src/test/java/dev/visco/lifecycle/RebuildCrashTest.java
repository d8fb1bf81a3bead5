package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.RestartPolicy;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.StoreFault;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect of a rebuild, and the host may go down with
 * it: whoever starts next has the VM on its new disk, or on its old one as it was, and nothing is
 * left over.
 */
class RebuildCrashTest {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final String WORK = "a user's work";
  private static final List<String> STOP = List.of("shut-down");
  private static final List<String> BOOT =
      List.of("stop-machine", "put-aside", "prepare-disk", "keep-last-boot", "launch");

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> points() {
    return Stream.concat(
        Stream.concat(Kill.points(STOP), Kill.points(BOOT)),
        Stream.concat(Kill.rounds(Stream.of("look")), Kill.points(List.of("drop-aside"))));
  }

  static Stream<String> undoPoints() {
    return Stream.concat(
        Stream.concat(Kill.points(STOP), Kill.points(BOOT)),
        Stream.concat(Kill.rounds(Stream.of("look", "explain")), Kill.points(List.of("put-back"))));
  }

  static Stream<String> undoPointsOfStopped() {
    return undoPoints().filter(point -> !point.contains("shut-down"));
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption, String boot) {
    return new ConductorWorld(folder, world, interruption, InstantSource.system(), 2, boot);
  }

  /** A VM in which a user has worked, of a daemon that has ended. */
  private VmId worked(boolean isStopped) {
    try (var daemon = daemon(point -> {}, "this-boot").start()) {
      VmId id = daemon.insert(RestartPolicy.ON_FAILURE);
      daemon.await(id, VmState.READY);
      world.work(id, WORK);
      if (isStopped) {
        daemon.power.stop(id, GRACE);
        daemon.await(id, VmState.STOPPED);
      }
      return id;
    }
  }

  private Kill killed(String point, VmId id) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill, "this-boot");
    kill.of(first::kill);
    first.start();
    try {
      first.rebuilds.rebuild(id, "newer", false, GRACE);
    } catch (StoreFault e) {
      // It was recorded, and the store was taken away before the answer.
      assertThat(e).hasMessageContaining("closed");
    }
    kill.await();
    return kill;
  }

  private void assertNothingLeft(ConductorWorld daemon, VmId id) {
    daemon.destroy(id);
    daemon.await(id, VmState.DESTROYED);
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    assertThat(daemon.slots.used()).isEmpty();
  }

  private void assertRebuilt(Kill kill, VmId id, String boot) {
    try (var second = kill.next(interruption -> daemon(interruption, boot))) {
      VmRow row = second.await(id, VmState.READY);
      assertThat(row.image()).isEqualTo(FakeRebuildPlans.NEWER.value());
      assertThat(row.rebuild()).isNull();
      assertThat(world.disk(id)).isEqualTo("booted");
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
      assertNothingLeft(second, id);
    }
  }

  private void assertAsBefore(Kill kill, VmId id, String boot, VmState state) {
    try (var second = kill.next(interruption -> daemon(interruption, boot))) {
      VmRow row = second.await(id, state);
      assertThat(row.image()).isEqualTo(FakeRebuildPlans.CLI.value());
      assertThat(VmWork.of(row).rebuild().orElseThrow().stage()).isEqualTo(RebuildStage.FAILED);
      assertThat(world.disk(id)).isEqualTo(WORK);
      assertThat(List.of(world.disks(), world.machines()))
          .containsExactly(1, state == VmState.READY ? 1 : 0);
      assertNothingLeft(second, id);
    }
  }

  @ParameterizedTest
  @MethodSource("points")
  void aRebuildThatWasCutOffIsFinished(String point) throws Exception {
    VmId id = worked(false);
    Kill kill = killed(point, id);
    assertRebuilt(kill, id, "this-boot");
  }

  @ParameterizedTest
  @MethodSource("points")
  void aRebuildThatWasCutOffWithItsHostIsFinished(String point) throws Exception {
    VmId id = worked(false);
    Kill kill = killed(point, id);
    world.rebootHost();
    assertRebuilt(kill, id, "another-boot");
  }

  @ParameterizedTest
  @MethodSource("undoPoints")
  void aRebuildThatFailsAndWasCutOffLeavesTheVmAsItWas(String point) throws Exception {
    VmId id = worked(false);
    world.spoilImage(FakeRebuildPlans.NEWER);
    Kill kill = killed(point, id);
    assertAsBefore(kill, id, "this-boot", VmState.READY);
  }

  @ParameterizedTest
  @MethodSource("undoPoints")
  void aRebuildThatFailsAndWasCutOffWithItsHostLeavesTheVmAsItWas(String point) throws Exception {
    VmId id = worked(false);
    world.spoilImage(FakeRebuildPlans.NEWER);
    Kill kill = killed(point, id);
    world.rebootHost();
    assertAsBefore(kill, id, "another-boot", VmState.READY);
  }

  @ParameterizedTest
  @MethodSource("undoPointsOfStopped")
  void aRebuildOfAStoppedVmThatFailsAndWasCutOffLeavesItStopped(String point) throws Exception {
    VmId id = worked(true);
    world.spoilImage(FakeRebuildPlans.NEWER);
    Kill kill = killed(point, id);
    assertAsBefore(kill, id, "this-boot", VmState.STOPPED);
  }
}

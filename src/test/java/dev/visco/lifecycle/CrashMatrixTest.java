package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect of a create and a destroy; whoever starts next
 * finds the same end and leaves nothing behind.
 */
class CrashMatrixTest {
  private static final List<String> CREATE = List.of("open-slot", "prepare-disk", "launch");
  private static final List<String> DESTROY = List.of("stop-machine", "remove-disk", "close-slot");
  @TempDir private Path folder;

  static Stream<String> createPoints() {
    return Stream.concat(Kill.points(CREATE), Kill.rounds(Stream.of("look")));
  }

  static Stream<String> destroyPoints() {
    return Kill.points(DESTROY);
  }

  @ParameterizedTest
  @MethodSource("createPoints")
  void aCreateThatWasCutOffIsFinished(String point) throws Exception {
    var world = new FakeWorld();
    var kill = new Kill(point);
    var first = new ConductorWorld(folder, world, kill);
    kill.of(first::kill);
    VmId id = first.start().insert();
    kill.await();
    try (var second = kill.next(next -> new ConductorWorld(folder, world, next))) {
      second.await(id, VmState.READY);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
      second.destroy(id);
      second.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(second.slots.used()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("createPoints")
  void aCreateThatWasCutOffCanBeDestroyedInstead(String point) throws Exception {
    var world = new FakeWorld();
    var kill = new Kill(point);
    var first = new ConductorWorld(folder, world, kill);
    kill.of(first::kill);
    VmId id = first.start().insert();
    kill.await();
    try (var second = new ConductorWorld(folder, world, name -> {})) {
      second.destroy(id);
      second.start();
      second.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(second.slots.used()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("destroyPoints")
  void aDestroyThatWasCutOffIsFinished(String point) throws Exception {
    var world = new FakeWorld();
    var kill = new Kill(point);
    var first = new ConductorWorld(folder, world, kill);
    kill.of(first::kill);
    VmId id = first.start().insert();
    first.await(id, VmState.READY);
    first.destroy(id);
    kill.await();
    try (var second = kill.next(next -> new ConductorWorld(folder, world, next))) {
      second.await(id, VmState.DESTROYED);
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
      assertThat(second.slots.used()).isEmpty();
    }
  }

  @Test
  void aMachineThatRunsIsNotStartedAgain() {
    var world = new FakeWorld();
    VmId id;
    var first = new ConductorWorld(folder, world, name -> {}).start();
    id = first.insert();
    String machine = first.await(id, VmState.READY).machine();
    first.kill();
    try (var second = new ConductorWorld(folder, world, name -> {}).start()) {
      VmId next = second.insert();
      second.await(next, VmState.READY);
      assertThat(second.row(id).machine()).isEqualTo(machine);
      assertThat(world.launches()).isEqualTo(2);
    }
  }
}

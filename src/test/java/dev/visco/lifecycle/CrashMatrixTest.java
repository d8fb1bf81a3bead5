package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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

  private static Stream<String> points(List<String> effects) {
    return effects.stream().flatMap(effect -> Stream.of("before " + effect, "after " + effect));
  }

  static Stream<String> createPoints() {
    return Stream.concat(points(CREATE), Stream.of("look"));
  }

  static Stream<String> destroyPoints() {
    return points(DESTROY);
  }

  /** Stops the thread that comes to the point for good, after the store was taken from it. */
  private static final class Kill implements FakeWorld.Interruption {
    private final String where;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final AtomicReference<ConductorWorld> daemon = new AtomicReference<>();

    Kill(String where) {
      this.where = where;
    }

    @Override
    public void at(String point) {
      if (point.equals(where) && reached.getCount() > 0) {
        daemon.get().kill();
        reached.countDown();
        throw new ThreadDeath();
      }
    }

    void await() throws InterruptedException {
      assertThat(reached.await(20, TimeUnit.SECONDS)).as("the daemon came to " + where).isTrue();
    }
  }

  /** No {@link Exception}, so that nothing handles it: a killed process handles nothing. */
  private static final class ThreadDeath extends Error {
    private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @MethodSource("createPoints")
  void aCreateThatWasCutOffIsFinished(String point) throws Exception {
    var world = new FakeWorld();
    var kill = new Kill(point);
    var first = new ConductorWorld(folder, world, kill);
    kill.daemon.set(first);
    VmId id = first.start().insert();
    kill.await();
    try (var second = new ConductorWorld(folder, world, name -> {}).start()) {
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
    kill.daemon.set(first);
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
    kill.daemon.set(first);
    VmId id = first.start().insert();
    first.await(id, VmState.READY);
    first.destroy(id);
    kill.await();
    try (var second = new ConductorWorld(folder, world, name -> {}).start()) {
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

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** New VMs go on from a snapshot, and a daemon may be killed at any point of that. */
class CloneTest {
  private static final String WORK = "a user's work";
  private static final String NAME = "base";

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> points() {
    return Kill.points(List.of("prepare-disk", "stop-machine", "restore", "make-own"));
  }

  private ConductorWorld daemon() {
    return daemon(point -> {}).start();
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption, InstantSource.system(), 2, "this-boot");
  }

  /** A VM with a snapshot, which went on working since. */
  private VmId parent(ConductorWorld daemon) {
    VmId id = daemon.insert();
    daemon.await(id, VmState.READY);
    world.work(id, WORK);
    daemon.snapshots.create(id, NAME);
    world.work(id, "what came after");
    return id;
  }

  private void assertIsClone(ConductorWorld daemon, VmId id) {
    assertThat(world.memory(id)).as("its guest goes on").isEqualTo(WORK);
    assertThat(world.disk(id)).isEqualTo(WORK);
    assertThat(world.identities()).contains(id);
    assertThat(daemon.row(id).restoring()).isNull();
  }

  @Test
  void manyGoOnFromOneMomentAndEachIsAVmOfItsOwn() {
    try (var daemon = daemon()) {
      VmId parent = parent(daemon);
      var clones = new ArrayList<VmId>();
      for (int i = 0; i < 3; i++) {
        clones.add(daemon.insertClone(NAME));
      }
      for (VmId clone : clones) {
        daemon.await(clone, VmState.READY);
        assertIsClone(daemon, clone);
      }
      assertThat(world.memory(parent)).isEqualTo("what came after");
      assertThat(world.identities()).doesNotContain(parent);
      assertThat(world.working()).isEqualTo(4);
    }
  }

  @Test
  void aSnapshotOfACloneIsTheClonesOwnThoughItsOriginalIsGone() {
    try (var daemon = daemon()) {
      parent(daemon);
      String from = NAME;
      VmId before = null;
      for (int depth = 0; depth < 10; depth++) {
        VmId clone = daemon.insertClone(from);
        daemon.await(clone, VmState.READY);
        assertThat(world.memory(clone)).isEqualTo(depth == 0 ? WORK : "of clone " + (depth - 1));
        if (before != null) {
          daemon.destroy(before);
          daemon.await(before, VmState.DESTROYED);
        }
        before = clone;
        world.work(clone, "of clone " + depth);
        from = "depth-" + depth;
        daemon.snapshots.create(clone, from);
      }
    }
  }

  @Test
  void aStartOfACloneIsABoot() {
    try (var daemon = daemon()) {
      parent(daemon);
      VmId clone = daemon.insertClone(NAME);
      daemon.await(clone, VmState.READY);
      world.work(clone, "the clone's work");
      daemon.power.stop(clone, Duration.ZERO);
      daemon.await(clone, VmState.STOPPED);
      daemon.power.start(clone);
      daemon.await(clone, VmState.READY);
      assertThat(world.disk(clone)).isEqualTo("the clone's work");
    }
  }

  @Test
  void whatCannotGoOnBootsFromTheSnapshotsDiskAndSaysSo() {
    try (var daemon = daemon()) {
      parent(daemon);
      world.refuseIdentities();
      VmId clone = daemon.insertClone(NAME);
      daemon.await(clone, VmState.READY);
      assertThat(world.memory(clone)).isEqualTo("booted");
      assertThat(world.disk(clone)).isEqualTo(WORK);
      assertThat(world.identities()).isEmpty();
      assertThat(daemon.events())
          .anyMatch(event ->
              event.text().contains("boots from the disk of the snapshot base")
                  && String.valueOf(event.reason()).contains("no sshd"));
      assertThat(world.machines()).isEqualTo(2);
    }
  }

  @Test
  void aSnapshotThatNoMachineStartsFromIsBooted() {
    try (var daemon = daemon()) {
      parent(daemon);
      world.makeUnloadable(daemon.snapshotRows.folder("tester", NAME));
      VmId clone = daemon.insertClone(NAME);
      daemon.await(clone, VmState.READY);
      assertThat(world.memory(clone)).isEqualTo("booted");
      assertThat(world.disk(clone)).isEqualTo(WORK);
    }
  }

  @Test
  void nothingStartsFromADamagedSnapshotNotEvenItsDisk() {
    try (var daemon = daemon()) {
      parent(daemon);
      int launches = world.launches();
      world.damage(daemon.snapshotRows.folder("tester", NAME));
      VmId clone = daemon.insertClone(NAME);
      daemon.await(clone, VmState.FAILED);
      assertThat(daemon.row(clone).failure()).contains("base", "was changed");
      assertThat(world.launches()).isEqualTo(launches);
      daemon.destroy(clone);
      daemon.await(clone, VmState.DESTROYED);
    }
  }

  @Test
  void aSnapshotThatIsGoneIsNotFound() {
    try (var daemon = daemon()) {
      assertThatThrownBy(() -> daemon.insertClone("never"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("never");
    }
  }

  @ParameterizedTest
  @MethodSource("points")
  void aDaemonKilledAtAnyPointLeavesAVmOfItsOwnAndNothingElse(String point) throws Exception {
    try (var daemon = daemon()) {
      parent(daemon);
    }
    var kill = new Kill(point);
    ConductorWorld first = daemon(kill).start();
    kill.of(first::kill);
    VmId clone = first.insertClone(NAME);
    kill.await();
    try (var daemon = kill.next(this::daemon)) {
      daemon.await(clone, VmState.READY);
      assertIsClone(daemon, clone);
      assertThat(world.machines()).isEqualTo(2);
      daemon.destroy(clone);
      daemon.await(clone, VmState.DESTROYED);
      assertThat(world.machines()).isEqualTo(1);
      assertThat(world.disks()).isEqualTo(1);
    }
  }
}

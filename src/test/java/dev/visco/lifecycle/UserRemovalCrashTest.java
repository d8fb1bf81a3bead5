package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeName;
import dev.visco.store.StoreFault;
import dev.visco.store.VmRow;
import dev.visco.users.Users;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed at every effect of the removal of a user with all that they have. The user
 * is suspended until the removal is repeated, which ends it and leaves nothing.
 */
class UserRemovalCrashTest {
  private static final UserId USER = ConductorWorld.TESTER;
  private static final List<String> EFFECTS =
      List.of("stop-machine", "remove-disk", "close-slot", "remove-volume");

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> points() {
    return Kill.points(EFFECTS);
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption);
  }

  private static List<VmRow> vms(ConductorWorld daemon) {
    return daemon.rows.list(false).stream()
        .filter(row -> row.owner().equals(USER.value()))
        .toList();
  }

  /** As the daemon wires it: VMs first, then volumes. */
  private static Users users(ConductorWorld daemon) {
    return new Users(
        daemon.users,
        user -> {},
        user -> {
          vms(daemon).forEach(row -> daemon.destroy(row.id()));
          vms(daemon).forEach(row -> daemon.await(row.id(), VmState.DESTROYED));
          daemon.volumes.list(user).forEach(volume -> daemon.volumes.remove(user, volume.name()));
        },
        user -> {},
        InstantSource.system());
  }

  private void assertNothingLeft(ConductorWorld daemon) {
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    assertThat(world.volumes()).isEmpty();
    assertThat(daemon.volumeRows.list(null)).isEmpty();
    assertThat(daemon.slots.used()).isEmpty();
    assertThat(daemon.users.find(USER)).isEmpty();
    assertThat(daemon.leases.isIdle()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("points")
  void aRemovalThatWasCutOffIsFinishedWhenItIsRepeated(String point) throws Exception {
    try (var daemon = daemon(at -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      daemon.volumes.create(USER, new VolumeName("data"), 64 << 20);
    }
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    Thread.ofVirtual()
        .start(() -> {
          try {
            users(first).remove(USER, true);
          } catch (StoreFault e) {
            assertThat(e).hasMessageContaining("closed");
          }
        });
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.users.find(USER))
          .hasValueSatisfying(
              row -> assertThat(row.state()).as("nothing new").isEqualTo(UserState.SUSPENDED));
      users(second).remove(USER, true);
      assertNothingLeft(second);
    }
  }
}

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.model.SlotIndex;
import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a VM from a pool gets before its user is told of it, and in which order. */
class HandOverTest {
  private static final UserData VARIABLES = UserData.of(Map.of("A", "b"), List.of());

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final List<String> done = new ArrayList<>();
  private boolean hasWayOut = true;

  private Outcome give(ConductorWorld daemon, VmId id, Function<VmId, UserData> data) {
    var parts = world.parts(point -> {});
    GuestEgress egress =
        new GuestEgress() {
          @Override
          public void apply(VmWork work, SlotIndex slot) {
            if (!hasWayOut) {
              throw new HostFault("its relay cannot be started");
            }
            done.add("egress");
          }

          @Override
          public void end(VmId vm, SlotIndex slot) {}
        };
    GuestCredentials credentials =
        new GuestCredentials() {
          @Override
          public void beforeReady(VmWork work) {
            done.add("credentials");
          }

          @Override
          public void beforeEnd(VmWork work) {}

          @Override
          public void beforeRestore(VmWork work) {}
        };
    return new HandOver(parts, parts, egress, credentials, (work, given) -> done.add("name"), data)
        .give(VmWork.of(daemon.row(id)));
  }

  @Test
  void itsTrafficLeavesAsItsUsersBeforeAnythingOfTheUserIsInTheGuest() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      assertThat(give(daemon, id, _ -> VARIABLES)).isInstanceOf(Outcome.Done.class);
      assertThat(done).containsExactly("egress", "name", "credentials");
    }
  }

  @Test
  void aGuestWithoutANameOrVariablesIsAskedForNothing() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      assertThat(give(daemon, id, _ -> UserData.NONE)).isInstanceOf(Outcome.Done.class);
      assertThat(done).containsExactly("egress", "credentials");
    }
  }

  @Test
  void whatCannotLeaveAsItsUsersIsNotHandedOver() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      hasWayOut = false;
      assertThat(give(daemon, id, _ -> VARIABLES))
          .isInstanceOfSatisfying(
              Outcome.Failed.class, failed -> assertThat(failed.why()).contains("its relay"));
      assertThat(done).isEmpty();
    }
  }

  @Test
  void itsSeedTellsItsNextBootTheSame() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      int before = world.seeds(id);
      assertThat(give(daemon, id, _ -> UserData.NONE)).isInstanceOf(Outcome.Done.class);
      assertThat(world.seeds(id)).isEqualTo(before);
      assertThat(give(daemon, id, _ -> VARIABLES)).isInstanceOf(Outcome.Done.class);
      assertThat(world.seeds(id)).isEqualTo(before + 1);
    }
  }

  @Test
  void oneWhoseSeedCannotBeMadeIsNotHandedOver() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      world.loseDisk(id);
      assertThat(give(daemon, id, _ -> VARIABLES)).isInstanceOf(Outcome.Failed.class);
      assertThat(done).doesNotContain("credentials");
    }
  }

  @Test
  void oneWhoseMachineHasEndedIsNotHandedOver() {
    try (var daemon = new ConductorWorld(folder, world, point -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      world.killMachine(id);
      assertThat(give(daemon, id, _ -> VARIABLES))
          .isInstanceOfSatisfying(
              Outcome.Failed.class, failed -> assertThat(failed.why()).contains("ended"));
      assertThat(done).isEmpty();
    }
  }
}

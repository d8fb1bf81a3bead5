package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When VMs end by themselves, on a clock that the test moves. */
class ExpiryTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private final FakeWorld world = new FakeWorld();
  private ConductorWorld daemon;
  private Watch watch;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2).start();
    watch =
        new Watch(
            daemon.rows,
            world.machinery(point -> {}),
            daemon.changes,
            clock,
            ConductorWorld.KEEP_FAILED,
            clock);
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private VmId ready(@Nullable Duration timeToLive) {
    VmId id = daemon.insert(DEADLINE, timeToLive);
    daemon.await(id, VmState.READY);
    return id;
  }

  private void pass(Duration time) {
    clock.advance(time);
    daemon.changes.tell(new VmId("vm-0000ffff")); // Whoever waits for whatever change.
  }

  /** A whole create behind it: the conductor has looked at every row since. */
  private void assertStill(VmId id, VmState state) {
    VmId other = ready(null);
    daemon.destroy(other);
    daemon.await(other, VmState.DESTROYED);
    assertThat(daemon.row(id).state()).isEqualTo(state);
    assertThat(List.of(world.slots(), world.disks())).containsExactly(1, 1);
  }

  private void assertEnds(VmId id) {
    daemon.await(id, VmState.DESTROYED);
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    assertThat(daemon.slots.used()).isEmpty();
  }

  @Test
  void aVmLivesUntilItsTimeToLiveHasPassed() {
    VmId id = ready(Duration.ofHours(2));
    pass(Duration.ofHours(2).minus(MILLI));
    assertStill(id, VmState.READY);
    pass(MILLI);
    assertEnds(id);
  }

  @Test
  void aVmWithoutATimeToLiveStays() {
    VmId id = ready(null);
    pass(Duration.ofDays(10_000));
    assertStill(id, VmState.READY);
  }

  @Test
  void theTimeToLiveCountsWhileNoDaemonRuns() {
    VmId id = ready(Duration.ofHours(2));
    daemon.close();
    clock.advance(Duration.ofHours(2));
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2).start();
    assertEnds(id);
  }

  @Test
  void aFailedVmKeepsItsEvidenceForAsLongAsIsSet() {
    world.muteGuests();
    VmId id = daemon.insert(DEADLINE, null);
    daemon.await(id, "verify-boot");
    pass(DEADLINE.plus(MILLI));
    assertThat(daemon.await(id, VmState.FAILED).failure())
        .startsWith("Not ready within 2m of its launch.");
    world.unmuteGuests();
    pass(ConductorWorld.KEEP_FAILED.minus(MILLI));
    assertStill(id, VmState.FAILED);
    pass(MILLI);
    assertEnds(id);
  }

  @Test
  void aVmWhoseMachineEndedKeepsItsEvidenceForAsLongAsIsSet() {
    VmId id = ready(null);
    world.killMachine(id);
    watch.look();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.STOPPED);
    pass(ConductorWorld.KEEP_FAILED.minus(MILLI));
    watch.look();
    assertStill(id, VmState.STOPPED);
    pass(MILLI);
    assertEnds(id);
  }
}

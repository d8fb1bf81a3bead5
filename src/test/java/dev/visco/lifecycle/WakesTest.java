package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.lifecycle.Wakes.SleepOutcome;
import dev.visco.lifecycle.Wakes.WakeKind;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of sleeps and wakes. */
class WakesTest {
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final TestClock clock = new TestClock();
  private ConductorWorld daemon;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2).start();
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private VmId asleep() {
    VmId id = daemon.insert(RestartPolicy.NO);
    daemon.await(id, VmState.READY);
    daemon.power.sleep(id);
    return id;
  }

  private Path memory(VmId id) {
    return Path.of("/vms", id.value(), "snapshots", SnapshotRow.memoryOf(id));
  }

  private void assertCounted(WakeKind kind, long number) {
    Awaitility.await().until(() -> Objects.equals(daemon.wakes.wakes().get(kind), number));
  }

  @Test
  void wakesFromMemoryAndFromDiskAreToldApart() {
    VmId id = asleep();
    daemon.power.wake(id);
    assertCounted(WakeKind.MEMORY, 1);
    daemon.await(id, VmState.READY);
    daemon.power.archive(id);
    daemon.power.wake(id);
    assertCounted(WakeKind.DISK, 1);
    daemon.await(id, VmState.READY);
    daemon.power.sleep(id);
    world.damage(memory(id));
    daemon.power.wake(id);
    assertCounted(WakeKind.DISK, 2);
    VmId other = asleep();
    world.makeUnloadable(memory(other));
    world.muteGuests();
    daemon.power.start(other);
    Awaitility.await()
        .until(() -> {
          clock.advance(Duration.ofSeconds(1)); // It is tried three times.
          return daemon.row(other).restoring() == null
              && daemon.row(other).step().equals(StepName.VERIFY_BOOT.word());
        });
    world.unmuteGuests();
    assertCounted(WakeKind.DISK, 3);
    assertThat(daemon.wakes.wakes())
        .isEqualTo(
            Map.of(
                WakeKind.MEMORY, 1L, WakeKind.DISK, 3L, WakeKind.FAILED, 0L, WakeKind.REFUSED, 0L));
    assertThat(daemon.wakes.sleeps())
        .isEqualTo(
            Map.of(SleepOutcome.ASLEEP, 4L, SleepOutcome.KEPT_AWAKE, 0L, SleepOutcome.FAILED, 0L));
  }

  @Test
  void itsTimeCountsFromTheRequest() {
    VmId id = asleep();
    world.muteGuests();
    daemon.power.wake(id);
    clock.advance(Duration.ofMillis(2300));
    world.unmuteGuests();
    assertCounted(WakeKind.MEMORY, 1);
    Wakes.Times times = Objects.requireNonNull(daemon.wakes.times().get(WakeKind.MEMORY));
    assertThat(times.counts()).containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 1, 1);
    assertThat(times.count()).isOne();
    assertThat(times.seconds()).isBetween(2.3, 2.4);
  }

  @Test
  void oneThatFailsOrDoesNotFitIsCountedAndOneThatIsRemovedIsNot() {
    VmId id = asleep();
    VmId other = asleep();
    daemon.users.update(ConductorWorld.TESTER, null, "{\"vcpus\":1}", null, 1);
    daemon.power.wake(id);
    daemon.await(id, VmState.READY);
    assertThatThrownBy(() -> daemon.power.wake(other)).isInstanceOf(Refused.class);
    assertCounted(WakeKind.REFUSED, 1);
    daemon.power.archive(id);
    world.muteGuests();
    daemon.power.wake(other);
    daemon.destroy(other);
    daemon.await(other, VmState.DESTROYED);
    daemon.power.wake(id);
    daemon.power.stop(id, Duration.ZERO);
    assertCounted(WakeKind.FAILED, 1);
    assertThat(daemon.wakes.wakes().get(WakeKind.DISK)).isZero();
    assertThat(daemon.wakes.wakes().get(WakeKind.MEMORY)).isOne();
    assertThatThrownBy(() -> daemon.power.sleep(id)).isInstanceOf(Refused.class);
    assertThat(daemon.wakes.sleeps().get(SleepOutcome.FAILED)).isOne();
  }
}

package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.TestClock;
import dev.visco.lifecycle.Wakes.SleepOutcome;
import dev.visco.model.Life;
import dev.visco.model.RestartPolicy;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.vmm.MachineUsage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When VMs are put to sleep, on a clock of the test. */
class IdleMonitorTest {
  private static final Duration AFTER = Duration.ofMinutes(1);

  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private final FakeWorld world = new FakeWorld();
  private final AtomicReference<@Nullable MachineUsage> usage = new AtomicReference<>(used(0, 0));
  private final AtomicReference<Supplier<Optional<Instant>>> lease =
      new AtomicReference<>(Optional::empty);
  private ConductorWorld daemon;
  private IdleMonitor monitor;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2, "this-boot").start();
    monitor =
        new IdleMonitor(
            daemon.rows,
            daemon.uses,
            work -> Optional.ofNullable(usage.get()),
            work -> lease.get().get(),
            daemon.suspensions::sleep,
            daemon.wakes,
            daemon.clocks());
  }

  @AfterEach
  void close() {
    monitor.close();
    daemon.close();
  }

  private static MachineUsage used(long cpuMicros, long bytes) {
    return new MachineUsage(cpuMicros, 1, null, 0, 0, bytes / 2, bytes - bytes / 2, 1);
  }

  private VmId ready(@Nullable Duration sleepAfter) {
    VmId id =
        daemon.insert(
            new Life(null, Duration.ofMinutes(2), RestartPolicy.ON_FAILURE, null, sleepAfter));
    daemon.await(id, VmState.READY);
    monitor.check();
    return id;
  }

  /** Time passes, with a look after each period; {@code meanwhile} happens before each. */
  private void pass(Duration time, Runnable meanwhile) {
    for (long left = time.toMillis(); left > 0; left -= IdleMonitor.PERIOD.toMillis()) {
      clock.advance(IdleMonitor.PERIOD);
      meanwhile.run();
      monitor.check();
    }
  }

  private void pass(Duration time) {
    pass(time, () -> {});
  }

  /** What falls asleep does so on a thread of its own; a lease shows that it has been asked for. */
  private void assertAwake(VmId id) {
    daemon.destroy(daemon.insert()); // The conductor has looked at every row since.
    assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
  }

  @Test
  void oneThatNobodyNeedsSleepsAndSaysWhy() {
    VmId id = ready(AFTER);
    VmId other = ready(null);
    pass(Duration.ofSeconds(50));
    assertAwake(id);
    pass(Duration.ofSeconds(10));
    daemon.await(id, VmState.ASLEEP);
    assertThat(daemon.events().toString()).contains("is asleep.", "Nobody has needed it for 1m.");
    pass(Duration.ofHours(1));
    assertThat(daemon.row(other).state()).as("it has no such time").isEqualTo(VmState.READY);
    assertThat(daemon.row(id).state()).isEqualTo(VmState.ASLEEP);

    daemon.power.wake(id);
    daemon.await(id, VmState.READY);
    monitor.check();
    pass(Duration.ofSeconds(50));
    assertAwake(id);
    pass(Duration.ofSeconds(10));
    daemon.await(id, VmState.ASLEEP);
  }

  @Test
  void itKnowsForHowLongNobodyHasNeededAnyOne() {
    VmId id = ready(null);
    pass(Duration.ofMinutes(20));
    assertThat(monitor.idleFor(id)).contains(Duration.ofMinutes(20));
    clock.advance(Duration.ofMillis(1));
    daemon.uses.used(id);
    assertThat(monitor.idleFor(id)).as("needed just now").isEmpty();
    pass(IdleMonitor.PERIOD);
    assertThat(monitor.idleFor(id)).contains(Duration.ofSeconds(10));
    daemon.power.sleep(id);
    monitor.check();
    assertThat(monitor.idleFor(id)).isEmpty();
  }

  @Test
  void whatIsUsedStaysAwakeAndWhatIsOnlyOpenDoesNot() {
    VmId id = ready(AFTER);
    pass(Duration.ofMinutes(3), () -> daemon.uses.used(id));
    assertAwake(id);
    try (var open = daemon.uses.open(id)) {
      assertThat(open).isNotNull();
      pass(Duration.ofMinutes(1), daemon.uses.loop()::name);
      daemon.await(id, VmState.ASLEEP);
    }
  }

  @Test
  void trafficAndProcessorTimeKeepItAwakeAboveTheirFloors() {
    VmId id = ready(AFTER);
    var bytes = new AtomicReference<>(0L);
    pass(
        Duration.ofMinutes(3),
        () -> usage.set(used(0, bytes.accumulateAndGet(IdleMonitor.MIN_BYTES + 1, Long::sum))));
    assertAwake(id);
    long all = bytes.get();
    var micros = new AtomicReference<>(0L);
    pass(
        Duration.ofMinutes(3),
        () -> usage.set(used(micros.accumulateAndGet(2_000_001L, Long::sum), all)));
    assertAwake(id);
    long spent = micros.get();
    var few = new AtomicReference<>(0L);
    pass(
        Duration.ofMinutes(1),
        () -> {
          long round = few.accumulateAndGet(1L, Long::sum);
          usage.set(used(spent + round * 1_900_000, all + round * IdleMonitor.MIN_BYTES));
        });
    daemon.await(id, VmState.ASLEEP);
  }

  @Test
  void whatCannotBeMeasuredStaysAwake() {
    VmId id = ready(AFTER);
    usage.set(null);
    pass(Duration.ofMinutes(3));
    assertAwake(id);
  }

  @Test
  void aGuestThatWantsToBeAwakeIsAskedAgainAfterTheSameTime() {
    VmId id = ready(AFTER);
    var asked = new AtomicReference<>(0);
    Instant end = clock.instant().plus(Duration.ofMinutes(3));
    lease.set(() -> {
      asked.accumulateAndGet(1, Integer::sum);
      return Optional.of(end);
    });
    pass(AFTER);
    await(asked, 1);
    assertAwake(id);
    pass(AFTER.plus(IdleMonitor.PERIOD));
    await(asked, 2);
    assertAwake(id);
    assertThat(daemon.wakes.sleeps()).containsEntry(SleepOutcome.KEPT_AWAKE, 2L);
    pass(AFTER.plus(IdleMonitor.PERIOD));
    daemon.await(id, VmState.ASLEEP);
  }

  /** A session that begins while its guest is asked would end with its machine. */
  @Test
  void whoComesAtTheLastMomentKeepsItAwake() {
    VmId id = ready(AFTER);
    var asked = new AtomicReference<>(0);
    lease.set(() -> {
      if (asked.accumulateAndGet(1, Integer::sum) == 1) {
        clock.advance(Duration.ofMillis(1));
        daemon.uses.used(id);
      }
      return Optional.empty();
    });
    pass(AFTER);
    await(asked, 1);
    assertAwake(id);
    pass(AFTER.plus(IdleMonitor.PERIOD));
    daemon.await(id, VmState.ASLEEP);
  }

  @Test
  void aSleepThatFailsLeavesItRunningAndIsTriedAgain() {
    VmId id = ready(AFTER);
    var asked = new AtomicReference<>(0);
    lease.set(() -> {
      if (asked.accumulateAndGet(1, Integer::sum) == 1) {
        throw new HostFault("the guest cannot be asked");
      }
      return Optional.empty();
    });
    pass(AFTER);
    await(asked, 1);
    assertAwake(id);
    assertThat(daemon.wakes.sleeps()).containsEntry(SleepOutcome.FAILED, 1L);
    pass(AFTER.plus(IdleMonitor.PERIOD));
    daemon.await(id, VmState.ASLEEP);
  }

  private static void await(AtomicReference<Integer> asked, int times) {
    Awaitility.await().until(() -> asked.get() == times);
  }
}

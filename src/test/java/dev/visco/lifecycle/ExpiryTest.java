package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.monitor.MachineMonitor;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SpecRows;
import dev.visco.store.SpecRows.LifeEnd;
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
  private MachineMonitor watch;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2).start();
    watch =
        new MachineMonitor(
            daemon.rows, daemon.leases, world.parts(point -> {}), daemon.changes, daemon.clocks());
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
    daemon.changes.signal(new VmId("vm-0000ffff")); // Whoever waits for whatever change.
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

  /** By which clock is said too: a wrong one is found by it. */
  @Test
  void itsEventSaysWhyAndByWhichClock() {
    VmId id = ready(Duration.ofHours(2));
    pass(Duration.ofHours(2));
    daemon.await(id, VmState.DESTROYED);
    assertThat(daemon.events())
        .filteredOn(event -> event.kind().equals("vm-destroying"))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.vm()).isEqualTo(id.value());
          assertThat(event.reason())
              .isEqualTo("Its time to live has ended, by the host's monotonic clock.");
        });
  }

  private void extend(VmId id, @Nullable Duration time) {
    Long millis = time == null ? null : time.toMillis();
    var _ =
        daemon
            .rows
            .specs()
            .update(
                id,
                new SpecRows.Update(
                    spec -> spec,
                    _ ->
                        new LifeEnd(
                            millis == null ? null : clock.millis() + millis,
                            daemon.clocks().boot(),
                            millis == null ? null : daemon.clocks().uptime() + millis),
                    same -> same),
                clock.millis());
  }

  @Test
  void anotherTimeToLiveCountsInsteadOfTheFirst() {
    VmId id = ready(Duration.ofHours(2));
    extend(id, Duration.ofHours(5));
    pass(Duration.ofHours(5).minus(MILLI));
    assertStill(id, VmState.READY);
    pass(MILLI);
    assertEnds(id);
  }

  @Test
  void oneWhoseTimeToLiveWasTakenAwayStays() {
    VmId id = ready(Duration.ofHours(2));
    extend(id, null);
    pass(Duration.ofDays(10_000));
    assertStill(id, VmState.READY);
  }

  @Test
  void aTimeToLiveThatIsGivenDuringTheBootIsNotLostWithItsEnd() {
    world.muteGuests();
    VmId id = daemon.insert(DEADLINE, Duration.ofHours(2));
    daemon.await(id, StepName.VERIFY_BOOT);
    extend(id, Duration.ofHours(5));
    world.unmuteGuests();
    daemon.await(id, VmState.READY);
    pass(Duration.ofHours(5).minus(MILLI));
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
    daemon.await(id, StepName.VERIFY_BOOT);
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
  void aVmWhoseMachineEndedIsKeptWithItsDiskForEver() {
    VmId id = ready(null);
    world.killMachine(id);
    watch.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.STOPPED);
    pass(Duration.ofDays(10_000));
    watch.check();
    assertStill(id, VmState.STOPPED);
    restart("next-boot");
    pass(Expiry.CONFIRMATION.multipliedBy(2));
    assertStill(id, VmState.STOPPED);
  }

  @Test
  void aVmWhoseMachineEndedStillEndsWithItsOwnTimeToLive() {
    VmId id = ready(Duration.ofHours(2));
    world.killMachine(id);
    watch.check();
    pass(Duration.ofHours(2).minus(MILLI));
    assertStill(id, VmState.STOPPED);
    pass(MILLI);
    assertEnds(id);
  }

  /** Also when its restore has failed, and whatever an older version wrote into its row. */
  @Test
  void whatWasReadyIsKeptThoughItsRestoreFails() {
    VmId id = ready(null);
    daemon.snapshots.create(id, "first");
    world.muteGuests();
    daemon.snapshots.restore(ConductorWorld.TESTER, "first");
    daemon.await(id, StepName.VERIFY_BOOT);
    pass(DEADLINE.plus(MILLI));
    assertThat(daemon.await(id, VmState.STOPPED).failure()).contains("Not ready within 2m");
    world.unmuteGuests();
    pass(Duration.ofDays(10_000));
    assertStill(id, VmState.STOPPED);
  }

  private void restart(String boot) {
    daemon.close();
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2, boot).start();
  }

  @Test
  void aClockThatIsSetADayAheadEndsNothing() {
    VmId living = ready(Duration.ofHours(2));
    step(Duration.ofDays(1));
    assertStill(living, VmState.READY);
    restart("this-boot"); // A daemon that starts by such a clock knows better, too.
    assertStill(living, VmState.READY);
    pass(Duration.ofHours(2));
    assertEnds(living);
  }

  @Test
  void aClockThatIsSetADayAheadTakesNoEvidence() {
    world.muteGuests();
    VmId failed = daemon.insert(Duration.ofSeconds(1), null);
    daemon.await(failed, StepName.VERIFY_BOOT);
    pass(Duration.ofSeconds(2));
    daemon.await(failed, VmState.FAILED);
    world.unmuteGuests();
    step(Duration.ofDays(1));
    assertStill(failed, VmState.FAILED);
    pass(ConductorWorld.KEEP_FAILED);
    assertEnds(failed);
  }

  @Test
  void aClockThatIsSetWhileVmsBootNeitherFailsNorHurriesThem() {
    for (Duration by : List.of(Duration.ofDays(1), Duration.ofHours(-1))) {
      world.muteGuests();
      VmId id = daemon.insert(DEADLINE, null);
      daemon.await(id, StepName.VERIFY_BOOT);
      step(by);
      restart("this-boot");
      daemon.await(id, StepName.VERIFY_BOOT);
      assertThat(daemon.row(id).state()).isEqualTo(VmState.CREATING);
      world.unmuteGuests();
      daemon.await(id, VmState.READY);
      daemon.destroy(id);
      assertEnds(id);
    }
  }

  @Test
  void aClockThatIsSetBackStopsNoWork() {
    step(Duration.ofHours(-2));
    VmId id = ready(Duration.ofHours(1));
    step(Duration.ofHours(-2));
    VmId other = ready(null);
    daemon.destroy(other);
    daemon.await(other, VmState.DESTROYED);
    world.muteGuests();
    VmId booting = daemon.insert(DEADLINE, null);
    daemon.await(booting, StepName.VERIFY_BOOT);
    step(Duration.ofHours(-2));
    restart("this-boot");
    world.unmuteGuests();
    daemon.await(booting, VmState.READY);
    daemon.destroy(booting);
    daemon.await(booting, VmState.DESTROYED);
    pass(Duration.ofHours(1));
    assertEnds(id);
  }

  /** After a boot only the wall clock is left, and it may be wrong until somebody sets it. */
  @Test
  void afterABootOfTheHostAnEndHasToBeSaidForTenMinutes() {
    VmId id = ready(Duration.ofHours(2));
    step(Duration.ofDays(1)); // What a wrong real-time clock does.
    restart("next-boot");
    pass(Expiry.CONFIRMATION.minus(MILLI));
    assertStill(id, VmState.READY);
    step(Duration.ofDays(-1));
    assertStill(id, VmState.READY);
    step(Duration.ofDays(1));
    pass(MILLI);
    assertStill(id, VmState.READY);
    step(Duration.ofDays(-1));
    assertStill(id, VmState.READY); // It is seen that the wall clock no longer says so.
    pass(Duration.ofHours(2));
    assertStill(id, VmState.READY);
    pass(Expiry.CONFIRMATION);
    assertEnds(id);
  }

  private void step(Duration by) {
    clock.step(by);
    daemon.changes.signal(new VmId("vm-00000000"));
  }
}

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Life;
import dev.visco.model.RestartPolicy;
import dev.visco.model.StepName;
import dev.visco.model.TtlFrom;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.UnsupportedSession;
import dev.visco.store.VmRow;
import dev.visco.verify.GuestEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as a use of a VM, and when one ends that nobody uses, on a clock of the test. */
class UsesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final UserId OWNER = new UserId("tester");
  private static final Duration GRACE = Duration.ofSeconds(20);
  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private final FakeWorld world = new FakeWorld();
  private ConductorWorld daemon;

  @BeforeEach
  void start() {
    daemon = daemon("this-boot");
  }

  private ConductorWorld daemon(String boot) {
    return new ConductorWorld(folder, world, point -> {}, clock, 2, boot).start();
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private VmId ready(@Nullable TtlFrom from) {
    VmId id = daemon.insert(new Life(HOUR, Duration.ofMinutes(2), RestartPolicy.ON_FAILURE, from));
    daemon.await(id, VmState.READY);
    return id;
  }

  private void pass(Duration time) {
    clock.advance(time);
    daemon.changes.signal(new VmId("vm-0000ffff")); // Whoever waits for whatever change.
  }

  /** A whole create behind it: the conductor has looked at every row since. */
  private void assertStill(VmId id, VmState state) {
    VmId other = daemon.insert(Duration.ofMinutes(2), null);
    daemon.await(other, VmState.READY);
    daemon.destroy(other);
    daemon.await(other, VmState.DESTROYED);
    assertThat(daemon.row(id).state()).isEqualTo(state);
  }

  private void assertEnds(VmId id) {
    daemon.await(id, VmState.DESTROYED);
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
  }

  @Test
  void aVmEndsATimeAfterItsLastUseToTheMinute() {
    VmId id = ready(TtlFrom.USED);
    pass(Duration.ofMinutes(50));
    daemon.uses.used(id);
    pass(Duration.ofMinutes(50));
    daemon.uses.used(id);
    pass(Duration.ofSeconds(59));
    daemon.uses.used(id); // Not recorded, and counted all the same.
    pass(HOUR);
    assertStill(id, VmState.READY);
    pass(MINUTE);
    assertEnds(id);
  }

  @Test
  void oneThatNobodyUsesEndsATimeAfterItsCreation() {
    VmId id = ready(TtlFrom.USED);
    pass(HOUR.minusMillis(1));
    assertStill(id, VmState.READY);
    pass(Duration.ofMillis(1));
    assertEnds(id);
  }

  @Test
  void aTimeToLiveFromTheCreationIsNoLongerForUses() {
    for (TtlFrom from : new TtlFrom[] {TtlFrom.CREATED, null}) {
      VmId id = ready(from);
      Long end = daemon.row(id).expires();
      pass(Duration.ofMinutes(50));
      daemon.uses.used(id);
      assertThat(daemon.row(id).used()).isEqualTo(clock.millis());
      assertThat(daemon.row(id).expires()).isEqualTo(end);
      pass(Duration.ofMinutes(10));
      assertEnds(id);
    }
  }

  @Test
  void aRowIsWrittenOnceAMinuteAndNobodyIsWokenByIt() {
    VmId id = ready(TtlFrom.USED);
    daemon.uses.used(id);
    VmRow first = daemon.row(id);
    assertThat(first.used()).isEqualTo(clock.millis());
    pass(Duration.ofSeconds(59));
    daemon.uses.used(id);
    daemon.uses.open(id).close();
    assertThat(daemon.row(id)).isEqualTo(first);
    pass(Duration.ofSeconds(1));
    daemon.uses.used(id);
    VmRow second = daemon.row(id);
    assertThat(second.used()).isEqualTo(clock.millis());
    assertThat(second.revision()).isEqualTo(first.revision());
  }

  @Test
  void aVmIsUsedAsLongAsASessionIsOpen() {
    VmId id = ready(TtlFrom.USED);
    var first = daemon.uses.open(id);
    var second = daemon.uses.open(id);
    for (int minute = 0; minute < 100; minute++) {
      pass(MINUTE);
      daemon.uses.record();
    }
    first.close();
    first.close();
    for (int minute = 0; minute < 100; minute++) {
      pass(MINUTE);
      daemon.uses.record();
    }
    assertStill(id, VmState.READY);
    second.close();
    pass(MINUTE);
    daemon.uses.record();
    pass(HOUR.minus(MINUTE));
    assertStill(id, VmState.READY);
    pass(MINUTE);
    assertEnds(id);
  }

  @Test
  void whatWasRecordedOutlivesTheDaemon() {
    VmId id = ready(TtlFrom.USED);
    pass(Duration.ofMinutes(50));
    daemon.uses.used(id);
    daemon.kill();
    pass(Duration.ofMinutes(30));
    daemon = daemon("this-boot");
    assertStill(id, VmState.READY);
    pass(Duration.ofMinutes(30));
    assertStill(id, VmState.READY);
    pass(MINUTE);
    assertEnds(id);
  }

  /** After a reboot only the wall clock tells, and only once it was confirmed. */
  @Test
  void afterARebootOfTheHostAnEndIsKeptByTheWallClock() {
    VmId id = ready(TtlFrom.USED);
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    daemon.kill();
    world.rebootHost();
    daemon = daemon("another-boot");
    daemon.uses.used(id);
    VmRow row = daemon.row(id);
    assertThat(row.boot()).isEqualTo("this-boot");
    assertThat(row.expires()).isEqualTo(clock.millis() + HOUR.plus(MINUTE).toMillis());
    assertThat(row.expiresSteady()).isNull();
    assertThat(row.wakeAt()).isEqualTo(row.expires());
    assertThat(row.wakeSteady()).isNull();
  }

  /** Whether it is recorded that this was a use. */
  private boolean isUse(VmId id, Consumer<VmId> act, VmState then) {
    pass(MINUTE);
    act.accept(id);
    daemon.await(id, then);
    Long used = daemon.row(id).used();
    return used != null && used == clock.millis();
  }

  @Test
  void whatSomebodyStartsIsUsedAndWhatIsStoppedIsNot() {
    VmId id = ready(TtlFrom.USED);
    assertThat(isUse(id, one -> daemon.snapshots.pause(one), VmState.PAUSED)).isFalse();
    assertThat(isUse(id, one -> daemon.snapshots.resume(one), VmState.READY)).isTrue();
    assertThat(isUse(id, one -> daemon.snapshots.create(one, "snap"), VmState.READY)).isFalse();
    assertThat(isUse(id, one -> daemon.snapshots.restore(OWNER, "snap"), VmState.READY)).isTrue();
    daemon.snapshots.remove(OWNER, "snap");
    assertThat(isUse(id, one -> daemon.power.restart(one, GRACE), VmState.READY)).isTrue();
    assertThat(isUse(id, one -> daemon.power.stop(one, GRACE), VmState.STOPPED)).isFalse();
    assertThat(isUse(id, one -> daemon.power.start(one), VmState.READY)).isTrue();
    assertThat(isUse(id, one -> daemon.rebuilds.rebuild(one, "newer", false, GRACE), VmState.READY))
        .isTrue();
    pass(MINUTE);
    world.end(id, GuestEnd.PANICKED);
    daemon.monitor.check();
    pass(MINUTE); // Until it may be started again.
    daemon.await(id, VmState.READY);
    assertThat(daemon.row(id).used()).as("by itself").isLessThan(clock.millis() - 60_000);
  }

  @Test
  void theEvidenceOfAVmThatNeverWasReadyIsNotKeptLongerForUses() {
    world.muteGuests();
    VmId id = daemon.insert(new Life(HOUR, Duration.ofMillis(1), null, TtlFrom.USED));
    daemon.await(id, StepName.VERIFY_BOOT);
    clock.advance(Duration.ofSeconds(1));
    daemon.await(id, VmState.FAILED);
    Long end = daemon.row(id).wakeAt();
    pass(Duration.ofMinutes(10));
    daemon.uses.used(id);
    assertThat(daemon.row(id).wakeAt()).isEqualTo(end);
  }

  @Test
  void aVmThatIsDestroyedIsUsedNoMore() {
    VmId id = ready(TtlFrom.USED);
    daemon.destroy(id);
    VmRow gone = daemon.await(id, VmState.DESTROYED);
    pass(MINUTE);
    daemon.uses.used(id);
    assertThat(daemon.row(id).expires()).isEqualTo(gone.expires());
    daemon.uses.used(new VmId("vm-00000000"));
  }

  /** A session that does nothing. */
  private static final class NoSession extends UnsupportedSession {
    private final AtomicBoolean closed;

    NoSession(AtomicBoolean closed) {
      this.closed = closed;
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  @Test
  void aSessionIsAUseUntilItIsClosed() {
    VmId id = ready(TtlFrom.USED);
    var closed = new AtomicBoolean();
    var session = daemon.uses.of(id, new NoSession(closed));
    pass(MINUTE);
    daemon.uses.record();
    assertThat(daemon.row(id).used()).isEqualTo(clock.millis());
    session.close();
    assertThat(closed).isTrue();
    Long last = daemon.row(id).used();
    pass(MINUTE);
    daemon.uses.record();
    assertThat(daemon.row(id).used()).isEqualTo(last);
  }
}

package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How VMs come and go while their daemon lives. */
class ConductorTest {
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  private void assertNothingLeft() {
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"after open-slot", "after prepare-disk", "after launch", "look"})
  void aDestroyDuringACreateWins(String point) throws Exception {
    var reached = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    FakeWorld.Interruption hold =
        at -> {
          if (at.equals(point) && reached.getCount() > 0) {
            reached.countDown();
            await(goOn);
          }
        };
    try (var daemon = new ConductorWorld(folder, world, hold).start()) {
      VmId id = daemon.insert();
      assertThat(reached.await(20, TimeUnit.SECONDS)).isTrue();
      daemon.destroy(id);
      assertThat(daemon.row(id).state()).isEqualTo(VmState.DESTROYING);
      goOn.countDown();
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aDestroyEndsAlthoughAStepCannotBeUndoneForAWhile() {
    var refusals = new AtomicInteger(2);
    FakeWorld.Interruption stuck =
        at -> {
          if (at.equals("before remove-disk") && refusals.getAndDecrement() > 0) {
            throw new HostFault("the disk is busy");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, stuck).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      daemon.destroy(id);
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> daemon.row(id).tries() > 0);
      VmRow row = daemon.row(id);
      assertThat(row.failure()).contains("undoing prepare-disk failed: the disk is busy");
      assertThat(List.of(world.slots(), world.machines()))
          .as("the other steps were undone all the same")
          .containsExactly(0, 0);
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
      assertThat(daemon.slots.used()).isEmpty();
    }
  }

  @Test
  void aStepThatFailsOnceIsTriedAgain() {
    var refusals = new AtomicInteger(1);
    FakeWorld.Interruption once =
        at -> {
          if (at.equals("before prepare-disk") && refusals.getAndDecrement() > 0) {
            throw new HostFault("for once");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, once).start()) {
      VmId id = daemon.insert();
      assertThat(daemon.await(id, VmState.READY).failure()).isNull();
    }
  }

  @Test
  void aStepThatAlwaysFailsFailsTheVmAndKeepsItsEvidenceUntilItIsDestroyed() {
    FakeWorld.Interruption always =
        at -> {
          if (at.equals("before launch")) {
            throw new HostFault("no machine today");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, always).start()) {
      VmId id = daemon.insert();
      VmRow row = daemon.await(id, VmState.FAILED);
      assertThat(row.failure()).contains("launch-machine failed: no machine today");
      assertThat(row.wakeAt()).isGreaterThan(System.currentTimeMillis() + 3_000_000);
      assertThat(world.disks()).isEqualTo(1);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  /** A guest with too little memory is through before its VMM can be asked. */
  @Test
  void aMachineThatEndsBeforeItAnswersCanBeDiagnosed() {
    FakeWorld.Interruption atOnce =
        at -> {
          if (at.equals("after launch")) {
            throw new HostFault("QEMU ended before its control socket answered: nothing");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, atOnce).start()) {
      VmId id = daemon.insert();
      VmRow row = daemon.await(id, VmState.FAILED);
      assertThat(row.failure()).contains("ended before its control socket", "Cause (fake)");
      assertThat(row.launched()).as("there was a launch, and so there is evidence").isNotNull();
      assertThat(world.looks()).as("its report is written").isPositive();
    }
  }

  @Test
  void aVmEndsWhenItsTimeToLiveHasPassed() {
    try (var daemon = new ConductorWorld(folder, world, name -> {}).start()) {
      VmId id = daemon.insert(Duration.ofSeconds(30), Duration.ofMillis(700));
      daemon.await(id, VmState.READY);
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  @Test
  void aBootWhoseMachineEndsFailsAtOnceWithTheCriterion() {
    var ids = new AtomicReference<VmId>();
    FakeWorld.Interruption end =
        at -> {
          if (at.equals("look")) {
            world.killMachine(ids.get());
          }
        };
    try (var daemon = new ConductorWorld(folder, world, end)) {
      ids.set(daemon.insert());
      daemon.start();
      assertThat(daemon.await(ids.get(), VmState.FAILED).failure())
          .contains("The machine ended during its boot", "Criterion 1");
    }
  }

  @Test
  void aBootThatIsNeverMetFailsAtItsDeadline() {
    world.muteGuests();
    try (var daemon = new ConductorWorld(folder, world, name -> {}).start()) {
      VmId id = daemon.insert(Duration.ofSeconds(1), null);
      assertThat(daemon.await(id, VmState.FAILED).failure())
          .isEqualTo(
              "Not ready within 1s of its launch. Criterion 1: nothing. Cause (fake): the world is one.");
    }
  }

  @Test
  void aLookThatAlwaysFailsDoesNotGoOnForEver() {
    FakeWorld.Interruption broken =
        at -> {
          if (at.equals("look")) {
            throw new HostFault("cannot look");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, broken).start()) {
      VmId id = daemon.insert();
      assertThat(daemon.await(id, VmState.FAILED).failure())
          .isEqualTo("verify-boot failed: cannot look");
    }
  }

  /** One that cannot load a class or has no memory left is no reason to stop working. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "before open-slot",
        "before prepare-disk",
        "before launch",
        "look",
      })
  void anErrorInAStepFailsItsVmAndNobodyElse(String point) {
    var count = new AtomicInteger();
    FakeWorld.Interruption error =
        at -> {
          if (at.equals(point)) {
            count.incrementAndGet();
            throw new OutOfMemoryError("Java heap space");
          }
        };
    VmId failed;
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      failed = daemon.insert();
      assertThat(daemon.await(failed, VmState.FAILED).failure()).contains("Java heap space");
      assertThat(count).as("no loop").hasValue(3);
    }
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      daemon.destroy(failed);
      daemon.await(failed, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  @Test
  void anErrorWhileAStepIsUndoneIsRecordedAndTheOthersAreUndone() {
    var errors = new AtomicInteger(2);
    FakeWorld.Interruption error =
        at -> {
          if (at.equals("before stop-machine") && errors.getAndDecrement() > 0) {
            throw new NoClassDefFoundError("a class");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      daemon.destroy(id);
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> daemon.row(id).tries() > 0);
      assertThat(daemon.row(id).failure()).contains("undoing launch-machine failed: a class");
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  @Test
  void anErrorInTheConductorsOwnThreadDoesNotEndIt() {
    var errors = new AtomicInteger(2);
    InstantSource broken =
        () -> {
          if (Thread.currentThread().getName().equals("conductor")
              && errors.getAndDecrement() > 0) {
            throw new OutOfMemoryError("Java heap space");
          }
          return Instant.now();
        };
    try (var daemon = new ConductorWorld(folder, world, at -> {}, broken, 2).start()) {
      daemon.await(daemon.insert(), VmState.READY);
      assertThat(errors.get()).as("it did fail").isLessThanOrEqualTo(0);
    }
  }

  /** Twenty of one user would hold both places for all of their deadline. */
  @Test
  void oneUsersVmsThatNeverAnswerDoNotHoldUpAnothers() {
    var clock = new TestClock();
    world.muteGuests();
    try (var daemon = new ConductorWorld(folder, world, at -> {}, clock, 2).start()) {
      for (int number = 0; number < 5; number++) {
        daemon.insert("anna");
      }
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> world.machines() == 2);
      VmId other = daemon.insert("bert");
      clock.advance(ConductorWorld.BOOT_SHARE.plusMillis(1));
      daemon.changes.tell(other);
      daemon.await(other, "verify-boot");
      assertThat(world.machines()).isEqualTo(3);
      world.unmuteGuests();
      daemon.await(other, VmState.READY);
    }
  }

  private Connection database() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
  }

  /** Grows by each commit of anybody else, see sqlite.org/pragma.html. */
  private static long version(Statement statement) throws SQLException {
    return statement.executeQuery("PRAGMA data_version").getLong(1);
  }

  @Test
  void whoBootsOrWaitsForItsTurnWritesNothing() throws Exception {
    world.muteGuests();
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start();
        var connection = database();
        var statement = connection.createStatement()) {
      VmId first = daemon.insert();
      VmId second = daemon.insert();
      daemon.await(first, "verify-boot");
      daemon.await(second, "verify-boot");
      daemon.await(daemon.insert(), "launch-machine");
      long looks = world.looks();
      long before = version(statement);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> world.looks() > looks + 20);
      assertThat(version(statement)).isEqualTo(before);
    }
  }

  /** As a full disk does: no such change is taken, for a while. */
  private void refuseWrites(String condition) throws SQLException {
    try (var connection = database();
        var statement = connection.createStatement()) {
      statement.execute(
          "CREATE TRIGGER full BEFORE UPDATE ON vms WHEN "
              + condition
              + " BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
    }
  }

  private void takeWrites() throws SQLException {
    try (var connection = database();
        var statement = connection.createStatement()) {
      statement.execute("DROP TRIGGER full");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"after open-slot", "after launch"})
  void whatCouldNotBeRecordedIsDoneAgainOnceThereIsRoom(String point) throws Exception {
    var reached = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    FakeWorld.Interruption hold =
        at -> {
          if (at.equals(point) && reached.getCount() > 0) {
            reached.countDown();
            await(goOn);
          }
        };
    try (var daemon = new ConductorWorld(folder, world, hold).start()) {
      VmId id = daemon.insert();
      assertThat(reached.await(20, TimeUnit.SECONDS)).isTrue();
      refuseWrites("TRUE");
      goOn.countDown();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> daemon.leases.isIdle() || world.launches() > 1);
      takeWrites();
      long begin = System.nanoTime();
      daemon.await(id, VmState.READY);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  @Test
  void aRemovalGoesOnOnceThereIsRoom() throws Exception {
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      refuseWrites("NEW.state = 'destroyed'");
      daemon.destroy(id);
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> world.disks() == 0);
      assertThat(daemon.row(id).state()).isEqualTo(VmState.DESTROYING);
      takeWrites();
      daemon.await(id, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  @Test
  void ofADaemonThatAnotherHasReplacedNothingIsRecorded() throws Exception {
    var reached = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    FakeWorld.Interruption hold =
        at -> {
          if (at.equals("after launch") && reached.getCount() > 0) {
            reached.countDown();
            await(goOn);
          }
        };
    try (var daemon = new ConductorWorld(folder, world, hold).start()) {
      VmId id = daemon.insert();
      assertThat(reached.await(20, TimeUnit.SECONDS)).isTrue();
      VmRow before = daemon.row(id);
      daemon.rows.begin("another");
      goOn.countDown();
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(daemon.leases::isIdle);
      assertThat(daemon.row(id)).isEqualTo(before);
    }
  }

  @Test
  void onlyFailuresInARowEndABoot() {
    world.muteGuests();
    var looks = new AtomicInteger();
    FakeWorld.Interruption flaky =
        at -> {
          if (at.equals("look")) {
            int look = looks.incrementAndGet();
            if (look == 6) {
              world.unmuteGuests();
            } else if (look != 3) {
              throw new HostFault("look " + look + " failed");
            }
          }
        };
    try (var daemon = new ConductorWorld(folder, world, flaky).start()) {
      VmId id = daemon.insert();
      VmRow row = daemon.await(id, VmState.READY);
      assertThat(looks).hasValue(6);
      assertThat(row.failure()).isNull();
    }
  }

  @Test
  void aVmWhoseStepNobodyKnowsIsTriedOnceASecondAndCanBeDestroyed() {
    long begin = System.nanoTime();
    try (var daemon = new ConductorWorld(folder, world, name -> {}).start()) {
      VmId id = daemon.insert(Duration.ofSeconds(30), null, "step-of-a-newer-visco");
      int others = 8;
      for (int number = 0; number < others; number++) {
        daemon.await(daemon.insert(), VmState.READY);
      }
      long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
      assertThat(daemon.works(id)).isLessThanOrEqualTo(2 + (int) seconds);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
    }
  }

  @Test
  void aCreateWaitsForTheLastSlotWhileItIsMadeAhead() {
    try (var daemon = new ConductorWorld(folder, world, name -> {})) {
      for (int number = 0; number < 7; number++) {
        daemon.slots.claim(new VmId("vm-0000000" + number));
      }
      SlotIndex last = daemon.slots.startPreparing(1, new SlotIndex(0)).orElseThrow();
      VmId id = daemon.insert();
      assertThat(
              new OpenNetwork(world.parts(at -> {}), daemon.slots, daemon.clocks())
                  .advance(VmWork.of(daemon.row(id))))
          .isInstanceOf(Outcome.Again.class);
      daemon.start();
      daemon.slots.prepared(last, true);
      assertThat(daemon.await(id, VmState.READY).slot()).isEqualTo(last.value());
    }
  }

  @Test
  void aSlotThatWasMadeAheadAndIsGoneIsMadeAnew() {
    try (var daemon = new ConductorWorld(folder, world, name -> {})) {
      SlotIndex spare = daemon.slots.startPreparing(1, new SlotIndex(0)).orElseThrow();
      daemon.slots.prepared(spare, true);
      daemon.start();
      assertThat(daemon.await(daemon.insert(), VmState.READY).slot()).isEqualTo(spare.value());
      assertThat(world.openings()).containsExactly(spare);
    }
  }

  @Test
  void onlySoManyBootAtOnce() {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    FakeWorld.Interruption count =
        at -> {
          if (at.equals("before launch")) {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
          } else if (at.equals("look")) {
            now.decrementAndGet();
          }
        };
    try (var daemon = new ConductorWorld(folder, world, count, InstantSource.system(), 2).start()) {
      var ids = new ArrayList<VmId>();
      for (int number = 0; number < 8; number++) {
        ids.add(daemon.insert());
      }
      ids.forEach(id -> daemon.await(id, VmState.READY));
      assertThat(most.get()).isBetween(1, 2);
      assertThat(world.slots()).isEqualTo(8);
      VmId ninth = daemon.insert();
      assertThat(daemon.await(ninth, VmState.FAILED).failure())
          .contains("All addresses of the pool are taken");
    }
  }
}

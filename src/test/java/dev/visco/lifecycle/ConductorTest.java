package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.host.HostFault;
import dev.visco.lifecycle.steps.OpenNetwork;
import dev.visco.lifecycle.steps.PrepareDisk;
import dev.visco.model.SlotIndex;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

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

  @Test
  void everyStepNeedsItsClass() {
    try (var daemon = new ConductorWorld(folder, world, at -> {})) {
      var parts = world.parts(at -> {});
      assertThatThrownBy(() ->
              daemon.conductor(
                  List.of(new PrepareDisk(parts, new VolumeAttachments(daemon.volumeRows, parts)))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("steps are missing");
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
    List<Error> errors =
        List.of(
            new OutOfMemoryError("Java heap space"),
            new AssertionError("this cannot be"),
            new StackOverflowError("too deep"));
    FakeWorld.Interruption error =
        at -> {
          if (at.equals(point)) {
            throw errors.get(count.getAndIncrement());
          }
        };
    VmId failed;
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      failed = daemon.insert();
      assertThat(daemon.await(failed, VmState.FAILED).failure()).contains("too deep");
      assertThat(count).as("no loop").hasValue(3);
    }
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      daemon.destroy(failed);
      daemon.await(failed, VmState.DESTROYED);
      assertNothingLeft();
    }
  }

  /** What explains a failure reads what a guest has written, and must not keep it from ending. */
  @ParameterizedTest
  @ValueSource(strings = {"before launch", "look"})
  void anErrorWhileAFailureIsExplainedIsRecordedAsThatFailure(String point) {
    var explained = new AtomicInteger();
    FakeWorld.Interruption error =
        at -> {
          if (at.equals(point)) {
            throw new HostFault("no luck");
          } else if (at.equals("explain")) {
            explained.incrementAndGet();
            throw new StackOverflowError();
          }
        };
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      VmId id = daemon.insert();
      assertThat(daemon.await(id, VmState.FAILED).failure()).endsWith("failed: no luck");
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertThat(explained).hasValueLessThanOrEqualTo(1);
      assertNothingLeft();
    }
  }

  @Test
  void anErrorWhileABootIsExplainedTellsWhatWasMissed() {
    world.muteGuests();
    FakeWorld.Interruption error =
        at -> {
          if (at.equals("explain")) {
            throw new StackOverflowError();
          }
        };
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      VmId id = daemon.insert(Duration.ofSeconds(1), null);
      assertThat(daemon.await(id, VmState.FAILED).failure())
          .isEqualTo("Not ready within 1s of its launch. Criterion 1: nothing.");
    }
  }

  /** As a newer version may have written it: nothing of it can be tried. */
  @Test
  void aVmWhoseSpecCannotBeReadFailsAndIsNotTriedForEver() {
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      VmId id = new VmId("vm-00000001");
      String first = StepName.first().word();
      daemon.rows.insert(
          new VmRows.NewVm(id, "anna", "[]", "image", 256, first, null, "digest", 1, null),
          usage -> {});
      daemon.changes.signal(id);
      assertThat(daemon.await(id, VmState.FAILED).failure()).startsWith("open-network failed: ");
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
      // The first VM may be ready before the second error.
      Awaitility.await("it did fail")
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(errors.get()).isLessThanOrEqualTo(0));
      daemon.await(daemon.insert(), VmState.READY);
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
      daemon.changes.signal(other);
      daemon.await(other, StepName.VERIFY_BOOT);
      assertThat(world.machines()).isEqualTo(3);
      world.unmuteGuests();
      daemon.await(other, VmState.READY);
    }
  }

  /** In the queue with the others, behind whoever boots. */
  private static VmId waiting(ConductorWorld daemon, String owner) {
    VmId id = daemon.insert(owner);
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> daemon.boots.isWaiting(id));
    return id;
  }

  @Test
  void bootsComeInTheOrderOfTheQueueAndEachUserInTurn() {
    world.muteGuests();
    List<String> launched = Collections.synchronizedList(new ArrayList<>());
    FakeWorld.Interruption note =
        at -> {
          if (at.equals("before launch")) {
            launched.add(Thread.currentThread().getName());
          }
        };
    try (var daemon = new ConductorWorld(folder, world, note, InstantSource.system(), 1).start()) {
      VmId first = daemon.insert("anna");
      daemon.await(first, StepName.VERIFY_BOOT);
      VmId second = waiting(daemon, "anna");
      VmId third = waiting(daemon, "anna");
      VmId berts = waiting(daemon, "bert");
      VmId fourth = waiting(daemon, "anna");
      world.unmuteGuests();
      daemon.await(fourth, VmState.READY);
      assertThat(launched)
          .containsExactlyElementsOf(
              Stream.of(first, berts, second, third, fourth).map(VmId::value).toList());
    }
  }

  /** Nor does it keep the place that it never took. */
  @Test
  void aDestroyEndsTheWaitForABoot() {
    world.muteGuests();
    try (var daemon =
        new ConductorWorld(folder, world, at -> {}, InstantSource.system(), 1).start()) {
      VmId boots = daemon.insert("anna");
      daemon.await(boots, StepName.VERIFY_BOOT);
      VmId waits = waiting(daemon, "anna");
      VmId next = waiting(daemon, "anna");
      daemon.destroy(waits);
      daemon.await(waits, VmState.DESTROYED);
      assertThat(daemon.boots.isWaiting(waits)).isFalse();
      assertThat(daemon.row(boots).state()).as("the other boots on").isEqualTo(VmState.CREATING);
      world.unmuteGuests();
      daemon.await(next, VmState.READY);
    }
  }

  @Test
  void whoFollowsABootIsToldOfWhatIsRecordedAndNotOfEachProbe() {
    world.muteGuests();
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, StepName.VERIFY_BOOT);
      long checks = world.looks();
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> world.looks() > checks + 2);
      long told = daemon.changes.count();
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> world.looks() > checks + 20);
      assertThat(daemon.changes.count()).isEqualTo(told);
      world.unmuteGuests();
      daemon.await(id, VmState.READY);
      assertThat(daemon.changes.count()).isGreaterThan(told);
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
      daemon.await(first, StepName.VERIFY_BOOT);
      daemon.await(second, StepName.VERIFY_BOOT);
      daemon.await(daemon.insert(), StepName.LAUNCH_MACHINE);
      long checks = world.looks();
      long before = version(statement);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> world.looks() > checks + 20);
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
      int launches = world.launches();
      goOn.countDown();
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(daemon.leases::isIdle);
      assertThat(daemon.row(id)).isEqualTo(before);
      assertNoMoreWork(daemon, id);
      assertThat(world.launches()).as("nothing more is done to its machine").isEqualTo(launches);
    }
  }

  /** From now on whoever would work on a VM is told, and the conductor does not go round. */
  private static void assertNoMoreWork(ConductorWorld daemon, VmId id) {
    List<ThrowingCallable> works =
        List.of(
            () -> daemon.leases.take(id),
            () -> daemon.snapshots.pause(id),
            () -> daemon.snapshots.resume(id),
            () -> daemon.snapshots.create(id, "first"));
    for (ThrowingCallable work : works) {
      assertThatThrownBy(work)
          .isInstanceOf(HostFault.class)
          .hasMessage("another daemon has taken over the data folder; this one does no work");
    }
    Duration before = daemon.conductor.loop().sinceLastRound();
    VmId other = daemon.insert();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> daemon.conductor.loop().sinceLastRound().compareTo(before.plusSeconds(2)) > 0);
    assertThat(daemon.row(other).slot()).isNull();
  }

  @Test
  void whatALostLeaseCostsIsAnErrorInTheLog() {
    Logger logger = (Logger) LoggerFactory.getLogger(Leases.class);
    var logged = new ListAppender<ILoggingEvent>();
    logged.start();
    logger.addAppender(logged);
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      Awaitility.await().until(daemon.leases::isIdle);
      VmRow before = daemon.row(id);
      daemon.rows.begin("another");
      assertThatThrownBy(() -> daemon.snapshots.pause(id))
          .isInstanceOf(HostFault.class)
          .hasMessage(
              "another daemon has taken over the data folder: what was done to " + id + " is lost");
      assertThat(daemon.row(id)).isEqualTo(before);
      assertThat(world.working()).as("it was not paused").isEqualTo(1);
      assertThat(logged.list)
          .filteredOn(event -> event.getLevel() == Level.ERROR)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly(
              id
                  + ": another daemon has taken over its data folder; paused (paused, verify-boot)"
                  + " is not recorded");
    } finally {
      logger.detachAppender(logged);
    }
  }

  @Test
  void onlyFailuresInARowEndABoot() {
    world.muteGuests();
    var checks = new AtomicInteger();
    FakeWorld.Interruption flaky =
        at -> {
          if (at.equals("look")) {
            int look = checks.incrementAndGet();
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
      assertThat(checks).hasValue(6);
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
      assertThat(daemon.works(id)).isBetween(1, 2 + (int) seconds);
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
    var max = new AtomicInteger();
    FakeWorld.Interruption count =
        at -> {
          if (at.equals("before launch")) {
            max.accumulateAndGet(now.incrementAndGet(), Math::max);
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
      assertThat(max.get()).isBetween(1, 2);
      assertThat(world.slots()).isEqualTo(8);
      VmId ninth = daemon.insert();
      assertThat(daemon.await(ninth, VmState.FAILED).failure())
          .contains("All addresses of the pool are taken");
    }
  }
}

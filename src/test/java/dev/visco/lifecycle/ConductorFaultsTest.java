package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.host.HostFault;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.NewVm;
import dev.visco.store.VmRow;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Errors in steps, a full disk, and a daemon that another one has replaced. */
class ConductorFaultsTest extends ConductorFixture {
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

  /** A machine that ends at once leaves evidence too, and is diagnosed like any other. */
  @Test
  void aLaunchThatFailsIsExplainedEvenIfItCannotBeProbed() {
    FakeWorld.Interruption error =
        at -> {
          if (at.equals("before launch") || at.equals("look")) {
            throw new HostFault("no luck");
          }
        };
    try (var daemon = new ConductorWorld(folder, world, error).start()) {
      VmRow failed = daemon.await(daemon.insert(), VmState.FAILED);
      assertThat(failed.failure()).endsWith("failed: no luck Cause (fake): the world is one.");
      assertThat(failed.launched()).isNotNull();
      assertThat(failed.slot()).isNotNull();
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
          new NewVm(id, "anna", "[]", "image", 256, first, null, "digest", 1, null), usage -> {});
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
}

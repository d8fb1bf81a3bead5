package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.steps.OpenNetwork;
import dev.visco.model.SlotIndex;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Which VMs boot now, and what those cost that wait for their turn or for a slot. */
class ConductorQueueTest extends ConductorFixture {
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

  @Test
  void aCreateWaitsForTheLastSlotWhileItIsMadeAhead() {
    try (var daemon = new ConductorWorld(folder, world, name -> {})) {
      for (int number = 0; number < 7; number++) {
        daemon.slots.claim(new VmId("vm-0000000" + number));
      }
      SlotIndex last = daemon.slots.startPreparing(1, new SlotIndex(0)).orElseThrow();
      VmId id = daemon.insert();
      assertThat(
              new OpenNetwork(world.parts(at -> {}), daemon.slots, GuestEgress.NAT, daemon.clocks())
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

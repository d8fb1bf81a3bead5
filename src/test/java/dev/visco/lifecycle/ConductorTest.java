package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.steps.PrepareDisk;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How VMs come and go while their daemon lives. */
class ConductorTest extends ConductorFixture {
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
                  List.of(
                      new PrepareDisk(
                          parts,
                          new VolumeAttachments(daemon.volumeRows, parts),
                          parts,
                          daemon.sizes))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("steps are missing");
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
}

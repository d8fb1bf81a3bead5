package dev.visco.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.RolloutWorld;
import dev.visco.model.Objection;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.Vm;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.rollout.RolloutService.Plan;
import dev.visco.rollout.RolloutService.ReleaseChange;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.SnapshotRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the release in use changes, forward and back, and what keeps it from changing. */
@Timeout(60)
class RolloutTest {
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private volatile FakeWorld.Interruption interruption = point -> {};
  private RolloutWorld daemon;

  @BeforeEach
  void start() {
    daemon =
        new RolloutWorld(folder, world, point -> interruption.at(point))
            .withRelease("1.14.4", "1.14.4")
            .withRelease("1.16.1", "1.16.1")
            .start();
  }

  @AfterEach
  void nothingOfACanaryIsLeft() {
    assertThat(daemon.runningCanaries()).isEmpty();
    daemon.destroyAll();
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
    daemon.close();
  }

  private static Canaries.CanaryReport report(ReleaseChange change) {
    return Objects.requireNonNull(change.canaries());
  }

  @Test
  void theHostsQemuIsInUseUntilAnotherReleaseIs() {
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.status(VmSpec.QEMU)).isEqualTo("in use");
    assertThat(daemon.status("1.16.1")).isEqualTo("added");
    assertThat(daemon.create().spec().release()).isEqualTo(VmSpec.QEMU);
    assertThatThrownBy(() -> daemon.rollout.rollBack())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("There is no release to go back to from qemu");
  }

  @Test
  void aReleaseIsUsedAfterACanaryOfEveryTypeHasMetAllOfItsCriteriaOnIt() {
    Vm before = daemon.create();
    ReleaseChange change = daemon.use("1.16.1");
    assertThat(change.isChanged()).isTrue();
    assertThat(report(change).lines())
        .allSatisfy(line -> assertThat(line.isMet()).as(line.text()).isTrue())
        .extracting(Canaries.CanaryResult::type)
        .containsExactlyInAnyOrder("cli", "pci");
    assertThat(report(change).skipped()).containsExactly("later: its image unbuilt is not there");
    assertThat(daemon.canaries())
        .allMatch(vm -> vm.spec().release().equals("1.16.1"))
        .extracting(vm -> vm.spec().machine().transport())
        .containsExactlyInAnyOrder(Transport.MMIO, Transport.PCI);
    assertThat(daemon.status("1.16.1")).isEqualTo("in use");
    assertThat(daemon.status(VmSpec.QEMU)).isEqualTo("previous");
    assertThat(daemon.create().spec().release()).isEqualTo("1.16.1");
    assertThat(daemon.vms.vm(before.id()).spec().release()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.vms.vm(before.id()).state()).isEqualTo(VmState.READY);
    assertThat(daemon.kinds()).startsWith("release-used", "canary-met");
  }

  @Test
  void aReleaseThatFailsItsCanaryIsNotUsedAndTheReasonIsKept() {
    world.spoil("1.16.1");
    ReleaseChange change = daemon.use("1.16.1");
    assertThat(change.isChanged()).isFalse();
    assertThat(change.current()).isEqualTo(VmSpec.QEMU);
    assertThat(report(change).isMet()).isFalse();
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.status("1.16.1")).isEqualTo("canary failed");
    assertThat(daemon.rollout.release("1.16.1").reason())
        .contains("cli: Its machine ended.", "Criterion 1: nothing.");
    assertThat(daemon.kinds()).startsWith("canary-failed");
    world.mend("1.16.1");
    assertThat(daemon.use("1.16.1").isChanged()).isTrue();
    assertThat(daemon.rollout.release("1.16.1").reason()).isNull();
  }

  @Test
  void aCanaryAloneChangesNothingButWhatIsKnown() {
    assertThat(daemon.rollout.canary("1.14.4", Progress.SILENT).isMet()).isTrue();
    assertThat(daemon.status("1.14.4")).isEqualTo("canary met");
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.rollout.canary(VmSpec.QEMU, Progress.SILENT).isMet()).isTrue();
  }

  @Test
  void whatThePreflightObjectsToFailsTheCanary() {
    daemon.objections.put(
        "1.14.4",
        new Objection("pci-unsupported", "transport", "pci", "It has no PCI.", "Use MMIO.", null));
    ReleaseChange change = daemon.use("1.14.4");
    assertThat(change.isChanged()).isFalse();
    assertThat(report(change).lines())
        .allSatisfy(line -> assertThat(line.text()).contains("It has no PCI."));
    assertThat(daemon.canaries()).isEmpty();
  }

  @Test
  void aRollbackIsOneCallUnderASecondAndVmsStayOnTheirRelease() {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    Vm onNew = daemon.create();
    int boots = world.launches();
    long began = System.nanoTime();
    ReleaseChange change = daemon.rollout.rollBack();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
    assertThat(world.launches()).as("no canary").isEqualTo(boots);
    assertThat(change.current()).isEqualTo("1.14.4");
    assertThat(daemon.create().spec().release()).isEqualTo("1.14.4");
    assertThat(daemon.vms.vm(onNew.id()).spec().release()).isEqualTo("1.16.1");
    assertThat(daemon.kinds()).startsWith("rolled-back");
    assertThatThrownBy(() -> daemon.rollout.rollBack())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no release to go back to");
  }

  @Test
  void qemuCanBeUsedAndGoneBackToAndNeverRemoved() {
    daemon.use("1.16.1");
    assertThat(daemon.use(VmSpec.QEMU).current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.rollout.rollBack().current()).isEqualTo("1.16.1");
    daemon.use("1.14.4");
    daemon.use(VmSpec.QEMU);
    assertThatThrownBy(() -> daemon.rollout.remove(VmSpec.QEMU))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("the host's own QEMU");
  }

  @Test
  void whatIsInUseAlreadyIsNotTriedAgain() {
    daemon.use("1.16.1");
    int boots = world.launches();
    ReleaseChange again = daemon.use("1.16.1");
    assertThat(again.isChanged()).isFalse();
    assertThat(again.previous()).isEqualTo(VmSpec.QEMU);
    assertThat(world.launches()).isEqualTo(boots);
  }

  @Test
  void aPlanSaysWhichVmsAndSnapshotsStayWhereTheyAreAndChangesNothing() {
    Vm vm = daemon.create();
    daemon.snapshots.insert(
        new SnapshotRow(
            "snap-1",
            vm.id(),
            "tester",
            "{}",
            "sha256:" + "0".repeat(64),
            "1.14.4",
            8,
            "/s",
            1,
            5L,
            null));
    Plan plan = daemon.rollout.plan("1.16.1");
    assertThat(plan.current()).isEqualTo(VmSpec.QEMU);
    assertThat(plan.canaries()).containsExactly("cli", "pci");
    assertThat(plan.obstacles()).isEmpty();
    assertThat(plan.keep())
        .containsExactly(new RolloutService.Kept(vm.id().value(), "tester", "ready", VmSpec.QEMU));
    assertThat(plan.snapshots())
        .containsExactly(new RolloutService.Pinned("snap-1", vm.id().value(), "1.14.4", 8));
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.canaries()).isEmpty();
    assertThat(daemon.rollout.plan("1.14.4").snapshots()).isEmpty();
  }

  @Test
  void aVulnerableReleaseIsUsedOnlyByForceAndWhatWasAcceptedIsRecorded() {
    daemon.withRelease("1.13.1", "1.13.1");
    assertThatThrownBy(() -> daemon.use("1.13.1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("CVE-2026-5747")
        .hasMessageContaining("only with PCI")
        .hasMessageContaining("1.14.4")
        .hasMessageContaining("--force");
    assertThat(daemon.canaries()).as("refused before anything boots").isEmpty();
    var vulnerabilities = new OpenVulnerabilities(daemon.releases);
    assertThat(vulnerabilities.of("1.13.1", Transport.MMIO)).isEmpty();
    assertThat(vulnerabilities.of("1.13.1", Transport.PCI)).hasSize(1);
    assertThat(daemon.rollout.use("1.13.1", true, Progress.SILENT).isChanged()).isTrue();
    assertThat(daemon.rollout.release("1.13.1").accepted()).containsExactly("CVE-2026-5747");
    assertThat(vulnerabilities.of("1.13.1", Transport.PCI)).isEmpty();
  }

  @Test
  void ofTwoWhoUseAReleaseAtOnceOneIsRefused() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    interruption =
        point -> {
          if (point.equals("look")) {
            inside.countDown();
            awaitQuietly(goOn);
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<ReleaseChange> first = threads.submit(() -> daemon.use("1.16.1"));
      assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> daemon.use("1.14.4"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Canaries of a release run at the moment");
      goOn.countDown();
      assertThat(first.get().isChanged()).isTrue();
    }
    assertThat(daemon.current()).isEqualTo("1.16.1");
  }

  @Test
  void aRollbackDuringTheCanariesWinsOverThem() throws Exception {
    daemon.use("1.14.4");
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    interruption =
        point -> {
          if (point.equals("look")) {
            inside.countDown();
            awaitQuietly(goOn);
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<ReleaseChange> use = threads.submit(() -> daemon.use("1.16.1"));
      assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
      daemon.rollout.rollBack();
      goOn.countDown();
      assertThatThrownBy(use::get).hasMessageContaining("Somebody changed the release in use");
    }
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    assertThat(daemon.status("1.16.1")).isEqualTo("canary met");
  }

  @Test
  void aDaemonThatEndsBreaksOffItsCanariesAndLeavesNone() throws Exception {
    world.muteGuests();
    var refused = new AtomicReference<Throwable>();
    Thread use =
        Thread.ofVirtual()
            .start(() -> {
              try {
                daemon.use("1.16.1");
              } catch (Refused e) {
                refused.set(e);
              }
            });
    Awaitility.await().until(() -> daemon.runningCanaries().size() == 2);
    use.interrupt();
    use.join();
    assertThat(refused.get()).hasMessage("The daemon is stopping; nothing was changed. Try again.");
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    Awaitility.await().until(() -> daemon.runningCanaries().isEmpty());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aReleaseThatIsNeededIsNotRemovedAndTheRefusalSaysByWhom() {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    assertRefusesRemoval("1.16.1", "is the one that new VMs use");
    assertRefusesRemoval("1.14.4", "is where a rollback goes");
    Vm vm = daemon.create();
    daemon.rollout.rollBack();
    assertRefusesRemoval("1.16.1", "runs " + vm.id());
    daemon.destroyAll();
    daemon.snapshots.insert(
        new SnapshotRow(
            "snap-7",
            vm.id(),
            "tester",
            "{}",
            "sha256:" + "0".repeat(64),
            "1.16.1",
            10,
            "/s",
            1,
            5L,
            null));
    assertRefusesRemoval("1.16.1", "snapshots snap-7");
    daemon.snapshots.remove("tester", "snap-7");
    daemon.rollout.remove("1.16.1");
    assertThat(folder.resolve("releases/1.16.1")).doesNotExist();
    assertThatThrownBy(() -> daemon.rollout.release("1.16.1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Known are qemu, 1.14.4");
    assertThat(daemon.kinds()).startsWith("release-removed");
  }

  private void assertRefusesRemoval(String name, String why) {
    assertThatThrownBy(() -> daemon.rollout.remove(name))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(why);
    assertThat(folder.resolve("releases").resolve(name).resolve("firecracker")).exists();
  }

  @Test
  void aReleaseWhoseFileWasChangedIsNeitherUsedNorGoneBackTo() throws Exception {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    Files.writeString(folder.resolve("releases/1.14.4/firecracker"), "something else");
    assertThatThrownBy(() -> daemon.rollout.rollBack())
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("is not what was added");
    assertThatThrownBy(() -> daemon.use("1.14.4")).isInstanceOf(HostFault.class);
    assertThat(daemon.current()).isEqualTo("1.16.1");
  }

  // Automatic rollback.

  @Test
  void createsThatFailInARowBringThePreviousReleaseBack() {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    world.spoil("1.16.1");
    for (int number = 0; number < RolloutWorld.ROLLBACK_AFTER - 1; number++) {
      assertThat(daemon.create().state()).isEqualTo(VmState.FAILED);
      daemon.watch.check();
      assertThat(daemon.current()).isEqualTo("1.16.1");
    }
    daemon.create();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.14.4");
    assertThat(daemon.status("1.16.1")).isEqualTo("rolled back");
    assertThat(daemon.rollout.release("1.16.1").reason())
        .contains("3 creates in a row failed on release 1.16.1");
    assertThat(daemon.events.before(EventQuery.ALL, 1, Long.MAX_VALUE))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.kind()).isEqualTo("rolled-back-automatically");
          assertThat(event.text()).contains("1.14.4 again", "3 creates in a row failed");
        });
    daemon.destroyAll();
    assertThat(daemon.create().state()).isEqualTo(VmState.READY);
  }

  @Test
  void aReleaseThatWasLeftIsUsedAgainOnlyByForce() {
    daemon.use("1.16.1");
    world.spoil("1.16.1");
    failThree();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo(VmSpec.QEMU);
    world.mend("1.16.1");
    assertThatThrownBy(() -> daemon.use("1.16.1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Visco rolled it back automatically");
    assertThat(daemon.rollout.use("1.16.1", true, Progress.SILENT).isChanged()).isTrue();
    daemon.destroyAll();
    daemon.create();
    daemon.watch.check();
    assertThat(daemon.current()).as("old failures do not count").isEqualTo("1.16.1");
  }

  private void failThree() {
    for (int number = 0; number < 3; number++) {
      assertThat(daemon.create().state()).isEqualTo(VmState.FAILED);
    }
  }

  @Test
  void aSuccessInBetweenStartsTheCountAnew() {
    daemon.use("1.16.1");
    for (int round = 0; round < 2; round++) {
      world.spoil("1.16.1");
      daemon.create();
      daemon.create();
      world.mend("1.16.1");
      daemon.create();
      daemon.destroyAll();
    }
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.16.1");
  }

  @Test
  void failuresThatACallerBroughtAboutDoNotCount() {
    daemon.use("1.16.1");
    world.spoil("1.16.1");
    for (int number = 0; number < 4; number++) {
      assertThat(daemon.create("init=/bin/false").state()).isEqualTo(VmState.FAILED);
    }
    daemon.destroyAll();
    daemon.objections.put(
        "1.16.1", new Objection("disk-full", "data", "0", "No room.", "Make some.", null));
    for (int number = 0; number < 4; number++) {
      assertThat(daemon.create().spec().overruled()).containsExactly("disk-full");
    }
    daemon.objections.clear();
    int boots = world.launches();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.16.1");
    assertThat(world.launches()).as("not even a canary").isEqualTo(boots);
  }

  @Test
  void whereThePreviousReleaseFailsTooItIsNotTheReleaseAndNobodyAsksAgainAtOnce() {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    world.spoil("1.16.1");
    world.spoil("1.14.4");
    failThree();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.16.1");
    assertThat(daemon.kinds()).startsWith("rollback-withheld", "canary-failed");
    int boots = world.launches();
    daemon.watch.check();
    daemon.destroyAll();
    daemon.create();
    daemon.watch.check();
    assertThat(world.launches()).as("one create, no canaries").isEqualTo(boots + 1);
    world.mend("1.14.4");
    daemon.create();
    daemon.create();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.14.4");
  }

  @Test
  void thereIsNoAutomaticRollbackFromARollback() {
    daemon.use("1.14.4");
    daemon.use("1.16.1");
    world.spoil("1.16.1");
    failThree();
    daemon.watch.check();
    daemon.destroyAll();
    world.spoil("1.14.4");
    failThree();
    daemon.watch.check();
    assertThat(daemon.current()).isEqualTo("1.14.4");
    assertThat(daemon.previous()).isNull();
  }

  @Test
  void theWatchSeesItByItself() throws Exception {
    daemon.use("1.16.1");
    daemon.watch.start();
    world.spoil("1.16.1");
    failThree();
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> daemon.current().equals(VmSpec.QEMU));
    daemon.watch.close();
  }
}

package dev.visco.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.SnapshotUser;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.VmKeyring;
import dev.visco.store.SnapshotRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Until when snapshots stay: with their VM, kept, or as long as something uses them. */
class SnapshotLifeTest {
  private static final UserId TESTER = ConductorWorld.TESTER;

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  private ConductorWorld daemon() {
    return daemon(_ -> {});
  }

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption).start();
  }

  private static VmId ready(ConductorWorld daemon) {
    VmId id = daemon.insert();
    daemon.await(id, VmState.READY);
    return id;
  }

  private static void destroy(ConductorWorld daemon, VmId id) {
    daemon.destroy(id);
    daemon.await(id, VmState.DESTROYED);
  }

  private static SnapshotRow row(ConductorWorld daemon, String name) {
    return daemon.snapshotRows.find("tester", name).orElseThrow();
  }

  private static List<String> names(ConductorWorld daemon) {
    return daemon.snapshots.list().stream().map(Snapshot::name).sorted().toList();
  }

  /** A VM whose disk is a layer over a snapshot's, as a clone's is. */
  private VmId over(ConductorWorld daemon, String name) {
    VmId id = ready(daemon);
    world.layer(id, row(daemon, name).path());
    return id;
  }

  private static void assertInUse(Runnable work, String... users) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class))
        .hasMessageContainingAll(users);
  }

  @Test
  void aKeptOneOutlivesItsVmAndIsRemovedByHand() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "kept", true, false);
      daemon.snapshots.create(id, "later", false, false);
      daemon.snapshots.create(id, "gone", false, false);
      daemon.snapshots.retain(TESTER, "later", SnapshotRetention.KEPT);
      destroy(daemon, id);
      assertThat(names(daemon)).containsExactly("kept", "later");
      assertThat(world.snapshots())
          .containsOnlyKeys(row(daemon, "kept").path(), row(daemon, "later").path());
      assertInUse(() -> daemon.snapshots.restore(TESTER, "kept"), id.value(), "gone");
      daemon.snapshots.remove(TESTER, "kept");
      daemon.snapshots.retain(TESTER, "later", SnapshotRetention.VM);
      assertThat(names(daemon)).as("its VM is gone").isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void whatIsInUseIsNotRemovedAndGoesWithItsLastUser() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "base", false, false);
      VmId one = over(daemon, "base");
      VmId two = over(daemon, "base");
      assertInUse(() -> daemon.snapshots.remove(TESTER, "base"), "base", one.value(), two.value());
      destroy(daemon, id);
      assertThat(names(daemon)).as("its VM is gone, but clones run").containsExactly("base");
      destroy(daemon, one);
      assertThat(names(daemon)).containsExactly("base");
      destroy(daemon, two);
      assertThat(names(daemon)).isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void aChainGoesFromItsEnd() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "base", false, false);
      VmId clone = over(daemon, "base");
      daemon.snapshots.create(clone, "next", true, false);
      assertThat(row(daemon, "next").parent()).isEqualTo("base");
      assertThat(row(daemon, "base").parent()).isNull();
      destroy(daemon, clone);
      destroy(daemon, id);
      assertThat(names(daemon)).as("the disk of one lies over the other's").hasSize(2);
      assertInUse(() -> daemon.snapshots.remove(TESTER, "base"), "the snapshot next");
      daemon.snapshots.remove(TESTER, "next");
      assertThat(names(daemon)).isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void oneThatIsThereForItsUsersStaysWhileItIsHeldAndGoesWithThem() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      VmId clone =
          daemon.snapshots.forUse(
              id,
              called -> {
                SnapshotRow made = daemon.snapshotRows.find(TESTER.value(), called).orElseThrow();
                assertThat(made.isWhole()).isTrue();
                assertThat(made.retention()).isEqualTo(SnapshotRetention.USED);
                assertThat(daemon.snapshotUses.of(made))
                    .containsExactly(new SnapshotUser(SnapshotUser.Kind.WORK, "its creation"));
                assertInUse(
                    () -> daemon.snapshots.remove(TESTER, made.id()), "its creation", "wait");
                return over(daemon, made.id());
              });
      assertThat(daemon.snapshots.list()).hasSize(1);
      destroy(daemon, clone);
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(daemon.snapshots.<String>forUse(id, called -> called)).startsWith("snap-");
      assertThat(daemon.snapshots.list()).as("nothing came to use it").isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void thatOfAForkGoesOnceItsVmsAreReadyWithTheNextCollection() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      VmId clone = daemon.snapshots.forUse(id, daemon::insertClone);
      daemon.await(clone, VmState.READY);
      assertThat(daemon.snapshots.list()).hasSize(1);
      daemon.snapshots.collect();
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.row(clone).state()).isEqualTo(VmState.READY);
    }
  }

  @Test
  void ofOneThatIsThereForTheDisksOverItTheMemoryGoes() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      VmId clone = daemon.snapshots.forUse(id, daemon::insertClone);
      SnapshotRow made = daemon.snapshotRows.list().getFirst();
      world.layer(clone, made.path());
      assertThat(row(daemon, made.id()).consistency()).isEqualTo(SnapshotConsistency.MEMORY);
      daemon.await(clone, VmState.READY);
      try (var hold = daemon.snapshotUses.hold("tester", made.id(), "a new VM")) {
        daemon.snapshots.collect();
        assertThat(hold).isNotNull();
        assertThat(world.snapshots()).containsEntry(made.path(), "booted");
      }
      daemon.snapshots.collect();
      daemon.snapshots.collect();
      assertThat(world.snapshots()).containsExactly(Map.entry(made.path(), "disk"));
      SnapshotRow left = row(daemon, made.id());
      assertThat(left.consistency()).isEqualTo(SnapshotConsistency.CRASH);
      assertThat(left.bytes()).isEqualTo(1024);
      assertInUse(() -> daemon.snapshots.remove(TESTER, made.id()), "the VM " + clone);
      destroy(daemon, id);
      assertThat(daemon.snapshots.list()).hasSize(1);
      destroy(daemon, clone);
      assertThat(daemon.snapshots.list()).isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before drop-memory", "after drop-memory"})
  void aMemoryThatIsAboutToGoIsGoneAfterTheNextStart(String where) {
    var isCut = new AtomicBoolean();
    Path files;
    VmId clone;
    try (var daemon =
        daemon(point -> {
          if (point.equals(where) && isCut.get()) {
            throw new HostFault("cut off");
          }
        })) {
      VmId id = ready(daemon);
      clone = daemon.snapshots.forUse(id, daemon::insertClone);
      files = daemon.snapshotRows.list().getFirst().path();
      world.layer(clone, files);
      daemon.await(clone, VmState.READY);
      isCut.set(true);
      daemon.snapshots.collect();
    }
    try (var daemon = daemon()) {
      assertThat(world.snapshots()).containsExactly(Map.entry(files, "disk"));
      assertThat(daemon.row(clone).state()).isEqualTo(VmState.READY);
    }
  }

  @Test
  void whoHoldsOneKeepsItAndOneThatIsNotWholeIsNotHeld() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "base", false, false);
      try (var hold = daemon.snapshotUses.hold("tester", "base", "an export")) {
        assertThat(hold).isNotNull();
        assertInUse(() -> daemon.snapshots.remove(TESTER, "base"), "an export");
      }
      daemon.snapshotRows.removing("tester", "base");
      assertInUse(() -> daemon.snapshotUses.hold("tester", "base", "it"), "being removed");
      assertInUse(() -> daemon.snapshots.restore(TESTER, "base"), "being removed");
      daemon.snapshots.remove(TESTER, "base");
      assertThatThrownBy(() -> daemon.snapshotUses.hold("tester", "base", "it"))
          .hasMessageContaining("base");
    }
  }

  @Test
  void theKeysOfItsVmAreItsOwnToo() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      var keys = VmKeyring.inFolders(folder.resolve("keys")).of(id);
      keys.create();
      daemon.snapshots.create(id, "base", true, false);
      destroy(daemon, id);
      assertThat(daemon.snapshotKeys.of("tester", "base").seedFiles())
          .containsAllEntriesOf(keys.seedFiles());
      assertThatThrownBy(() -> daemon.snapshotKeys.of("tester", "other"))
          .hasMessageContaining("other");
    }
  }

  /** As one of an earlier version lies in its VM's folder. */
  private static void earlier(ConductorWorld daemon, FakeWorld world, VmId id) {
    daemon.snapshots.create(id, "old", false, false);
    SnapshotRow now = row(daemon, "old");
    daemon.snapshotRows.remove("tester", "old");
    Path files = Path.of("/vms/" + id + "/snapshots/old");
    world.parts(_ -> {}).moveOut(now.path(), files);
    daemon.snapshotRows.insert(
        new SnapshotRow(
            "old",
            id,
            "tester",
            now.spec(),
            now.image(),
            now.release(),
            0,
            files.toString(),
            1,
            now.bytes(),
            now.digest()));
  }

  @Test
  void oneOfAnEarlierVersionIsRestoredAndGoesWithItsVmUnlessItIsUsed() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      earlier(daemon, world, id);
      daemon.snapshots.restore(TESTER, "old");
      daemon.await(id, VmState.READY);
      assertThatThrownBy(() -> daemon.snapshotKeys.of("tester", "old"))
          .hasMessageContaining("earlier version");
      destroy(daemon, id);
      assertThat(names(daemon)).isEmpty();
      assertThat(world.snapshots()).isEmpty();

      VmId other = ready(daemon);
      earlier(daemon, world, other);
      daemon.snapshots.retain(TESTER, "old", SnapshotRetention.KEPT);
      destroy(daemon, other);
      assertThat(names(daemon)).containsExactly("old");
      assertThat(world.snapshots()).containsOnlyKeys(row(daemon, "old").path());
      assertThat(row(daemon, "old").place()).isNotNull();
      daemon.snapshots.remove(TESTER, "old");
      assertThat(world.snapshots()).isEmpty();
    }
  }

  @Test
  void aMoveThatWasCutOffIsFinished() {
    var isCut = new AtomicBoolean(true);
    VmId id;
    try (var daemon =
        daemon(point -> {
          if (point.equals("before move-out") && isCut.get()) {
            throw new HostFault("cut off");
          }
        })) {
      id = ready(daemon);
      isCut.set(false);
      earlier(daemon, world, id);
      isCut.set(true);
      assertThatThrownBy(() -> daemon.snapshots.retain(TESTER, "old", SnapshotRetention.KEPT))
          .hasMessageContaining("cut off");
    }
    try (var daemon = daemon()) {
      assertThat(world.snapshots()).containsOnlyKeys(row(daemon, "old").path());
      assertThat(daemon.lost).isEmpty();
      daemon.snapshots.restore(TESTER, "old");
      daemon.await(id, VmState.READY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before remove-snapshot", "after remove-snapshot"})
  void aRemovalThatWasCutOffIsFinishedByTheNextDaemon(String where) {
    var isCut = new AtomicBoolean(true);
    try (var daemon =
        daemon(point -> {
          if (point.equals(where) && isCut.get()) {
            throw new HostFault("cut off");
          }
        })) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "kept", true, false);
      assertThatThrownBy(() -> daemon.snapshots.remove(TESTER, "kept"))
          .hasMessageContaining("cut off");
      assertThat(row(daemon, "kept").state()).isEqualTo(SnapshotState.REMOVING);
      daemon.snapshots.create(id, "with-its-vm", false, false);
      destroy(daemon, id);
      assertThat(names(daemon)).as("what cannot be removed hinders no destroy").hasSize(2);
    }
    try (var daemon = daemon()) {
      assertThat(names(daemon)).isEmpty();
      assertThat(world.snapshots()).isEmpty();
      assertThat(daemon.lost).isEmpty();
    }
  }

  @Test
  void allOfAUserGoTogether() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.snapshots.create(id, "base", true, false);
      VmId clone = over(daemon, "base");
      daemon.snapshots.letGo(TESTER);
      assertThat(names(daemon)).as("what is in use stays until it is not").hasSize(1);
      destroy(daemon, clone);
      assertThat(names(daemon)).isEmpty();
    }
  }

  @Test
  void ofTheDiskAloneAGuestHoldsItStill() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      world.work(id, "before");
      Snapshot made = daemon.snapshots.create(id, "disk", false, true);
      assertThat(made.consistency()).isEqualTo(SnapshotConsistency.FROZEN);
      assertThat(world.snapshots()).containsOnlyKeys(row(daemon, "disk").path());
      assertThat(world.snapshots().values()).containsExactly("frozen disk");
      assertThat(world.frozen()).isZero();
      assertThat(world.working()).isEqualTo(1);
      world.work(id, "after");
      int launches = world.launches();
      daemon.snapshots.restore(TESTER, "disk");
      daemon.await(id, VmState.READY);
      assertThat(world.disk(id)).isEqualTo("before");
      assertThat(world.launches()).isEqualTo(launches + 1);
      assertThat(world.memory(id)).as("it has booted").isEqualTo("booted");

      world.freezeNothing();
      assertThat(daemon.snapshots.create(id, "synced", false, true).consistency())
          .isEqualTo(SnapshotConsistency.SYNCED);
      daemon.snapshots.pause(id);
      assertInUse(() -> daemon.snapshots.create(id, "paused", false, true), "paused", "memory");
      assertThat(names(daemon)).containsExactly("disk", "synced");
    }
  }

  @Test
  void theDiskOfAStoppedVmIsCopiedAsItIs() {
    try (var daemon = daemon()) {
      VmId id = ready(daemon);
      daemon.power.stop(id, Duration.ZERO);
      daemon.await(id, VmState.STOPPED);
      assertInUse(() -> daemon.snapshots.create(id, "all", false, false), "stopped");
      assertThat(daemon.snapshots.create(id, "disk", false, true).consistency())
          .isEqualTo(SnapshotConsistency.STOPPED);
      daemon.snapshots.restore(TESTER, "disk");
      daemon.await(id, VmState.READY);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before freeze",
        "after freeze",
        "before pause",
        "after pause",
        "before begin-snapshot-disk",
        "after end-snapshot-disk",
        "before resume",
        "before seal"
      })
  void oneOfTheDiskThatFailsLeavesNothingFrozenAndTheVmGoesOn(String where) {
    var isCut = new AtomicBoolean();
    try (var daemon =
        daemon(point -> {
          if (point.equals(where) && isCut.compareAndSet(true, false)) {
            throw new HostFault("cut off");
          }
        })) {
      VmId id = ready(daemon);
      isCut.set(true);
      assertThatThrownBy(() -> daemon.snapshots.create(id, "disk", false, true))
          .hasMessageContaining("cut off");
      assertThat(world.frozen()).isZero();
      assertThat(names(daemon)).isEmpty();
      assertThat(world.snapshots()).isEmpty();
    }
    try (var daemon = daemon()) {
      assertThat(daemon.snapshots.list()).isEmpty();
    }
  }
}

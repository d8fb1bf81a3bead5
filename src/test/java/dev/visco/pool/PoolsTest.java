package dev.visco.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.GuestCredentials;
import dev.visco.lifecycle.Kill;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Objection;
import dev.visco.model.Purpose;
import dev.visco.model.Quota;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SampleTypes;
import dev.visco.model.SecretName;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.StartKind;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.model.WarmPool;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.FactRows;
import dev.visco.store.NewEvent;
import dev.visco.store.SampleSecrets;
import dev.visco.store.SecretRows;
import dev.visco.store.SecretState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.VmRow;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.EgressRequest;
import dev.visco.wire.Json;
import dev.visco.wire.QuotaFields;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** VMs wait for users, and whoever creates one gets one of them. */
class PoolsTest {
  private static final UserId ANNA = new UserId("anna");
  private static final int MIB = 256;

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  private static Map<String, VmType> pool(int vms) {
    return Map.of("cli", SampleTypes.pooled("cli", MIB, new WarmPool(vms, Duration.ofHours(1))));
  }

  private PoolWorld daemon(Map<String, VmType> types) {
    return daemon(types, point -> {}, 1_000_000).start();
  }

  private PoolWorld daemon(
      Map<String, VmType> types, FakeWorld.Interruption interruption, long memoryMib) {
    InstantSource clock = now::get;
    return new PoolWorld(folder, world, interruption, clock, types, memoryMib);
  }

  private static CreateRequest.Builder request() {
    return CreateRequest.of(ANNA.value(), "cli");
  }

  private static Vm create(PoolWorld daemon) {
    return daemon.vms.create(request().build(), null);
  }

  private void assertNothingElse(PoolWorld daemon) {
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .untilAsserted(() -> {
          Set<VmId> there =
              daemon.daemon.rows.list(false).stream().map(VmRow::id).collect(Collectors.toSet());
          assertThat(world.machines()).isEqualTo(there.size());
          assertThat(world.disks()).isEqualTo(there.size());
        });
  }

  @Test
  void theFirstBootsAndTheOthersAreMadeFromASnapshotOfIt() {
    try (var daemon = daemon(pool(3))) {
      daemon.fill(3);
      assertThat(daemon.templates())
          .singleElement()
          .satisfies(one -> {
            assertThat(one.isWhole()).isTrue();
            assertThat(one.owner()).isEqualTo("visco-pool");
          });
      assertThat(world.identities()).hasSize(2).isSubsetOf(daemon.ready());
      assertThat(daemon.status())
          .extracting(
              PoolService.PoolStatus::ready,
              PoolService.PoolStatus::starting,
              PoolService.PoolStatus::problem)
          .containsExactly(3, 0, null);
      assertNothingElse(daemon);
    }
  }

  @Test
  void whoeverCreatesOneGetsTheOldestAndAnotherOneIsMade() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      VmId oldest = daemon.ready().getFirst();
      int launches = world.launches();
      now.updateAndGet(before -> before.plusSeconds(60));
      Vm vm = create(daemon);
      assertThat(vm.id()).isEqualTo(oldest);
      assertThat(vm.state()).isEqualTo(VmState.READY);
      assertThat(vm.start()).isEqualTo(StartKind.POOL);
      assertThat(vm.spec().owner()).isEqualTo(ANNA);
      assertThat(vm.spec().purpose()).isEqualTo(Purpose.USER);
      assertThat(vm.created()).isEqualTo(Instant.ofEpochMilli(now.get().toEpochMilli()));
      assertThat(world.launches()).as("nothing booted for that").isEqualTo(launches);
      daemon.fill(2);
      assertThat(daemon.ready()).doesNotContain(oldest);
      assertThat(daemon.status().taken()).isEqualTo(1);
      assertNothingElse(daemon);
    }
  }

  @Test
  void whatIsAskedForOfItsLifeAndNameIsItsOwn() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      Vm vm =
          daemon.vms.create(
              request()
                  .name("box")
                  .labels(Map.of("team", "red"))
                  .ttl("2h", null)
                  .restart("always")
                  .ports(List.of(8080))
                  .env(Map.of("A", "b"))
                  .build(),
              null);
      assertThat(vm.start()).isEqualTo(StartKind.POOL);
      assertThat(vm.metadata().name()).hasToString("box");
      assertThat(vm.spec().life().timeToLive()).isEqualTo(Duration.ofHours(2));
      assertThat(Objects.requireNonNull(vm.expires()))
          .isEqualTo(vm.created().plus(Duration.ofHours(2)));
      assertThat(vm.spec().ports()).containsExactly(8080);
      assertThat(daemon.daemon.rows.userData().find(vm.id())).get().asString().contains("\"A\"");
      assertThat(world.named()).containsExactly(vm.id());
    }
  }

  @Test
  void aSignInGetsOneOfThem() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      VmId waiting = daemon.ready().getFirst();
      Vm vm = daemon.vms.creation().createSignIn(request().home(false).build(), "signin-1");
      assertThat(vm.id()).isEqualTo(waiting);
      assertThat(vm.spec().purpose()).isEqualTo(Purpose.SIGN_IN);
      assertThat(vm.spec().owner()).isEqualTo(ANNA);
      assertThat(vm.state()).isEqualTo(VmState.READY);
      assertThat(daemon.vms.creation().createSignIn(request().home(false).build(), "signin-1").id())
          .as("the daemon was killed before it wrote down which one it is")
          .isEqualTo(waiting);
      assertThat(daemon.status().taken()).isEqualTo(1);
    }
  }

  @Test
  void withoutOneThatWaitsItIsMadeFromTheSameSnapshotAndWithoutThatItBoots() {
    try (var daemon = daemon(pool(1))) {
      Vm booted = create(daemon);
      assertThat(booted.start()).isEqualTo(StartKind.BOOT);
      daemon.daemon.await(booted.id(), VmState.READY);
      daemon.fill(1);
      create(daemon);
      Vm cloned = create(daemon);
      assertThat(cloned.start()).isEqualTo(StartKind.CLONE);
      daemon.daemon.await(cloned.id(), VmState.READY);
      assertThat(world.identities()).contains(cloned.id());
      assertThat(daemon.status())
          .extracting(
              PoolService.PoolStatus::booted,
              PoolService.PoolStatus::taken,
              PoolService.PoolStatus::cloned)
          .containsExactly(1L, 1L, 1L);
    }
  }

  @Test
  void whoAsksForAnotherMachineGetsThat() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      List<CreateRequest> others =
          List.of(
              request().size(null, 512).build(),
              request().transport("pci").build(),
              request().bootArgs(List.of("quiet")).build(),
              request().disk("4g").build(),
              request()
                  .files(List.of(new CreateRequest.FileRequest("/a", "b", null, null, null)))
                  .build());
      for (CreateRequest other : others) {
        assertThat(daemon.vms.create(other, null).start()).isEqualTo(StartKind.BOOT);
      }
      assertThat(daemon.status().other()).isEqualTo(others.size());
      assertThat(daemon.ready()).hasSize(1);
    }
  }

  @Test
  void noTwoGetTheSame() throws Exception {
    try (var daemon = daemon(pool(4));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      daemon.fill(4);
      List<Callable<Vm>> asks =
          Stream.generate(() -> (Callable<Vm>) () -> create(daemon)).limit(6).toList();
      var made = new ArrayList<Vm>();
      for (var one : threads.invokeAll(asks)) {
        made.add(one.get());
      }
      assertThat(made).extracting(Vm::id).doesNotHaveDuplicates();
      assertThat(made).filteredOn(vm -> vm.start() == StartKind.POOL).hasSize(4);
    }
  }

  @Test
  void theSameKeyGivesTheSameVm() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      Vm first = daemon.vms.create(request().build(), "key");
      assertThat(daemon.vms.create(request().build(), "key").id()).isEqualTo(first.id());
      assertThat(daemon.ready()).hasSize(1);
      assertThat(daemon.status().taken()).as("the same request again").isEqualTo(1);
      assertThatThrownBy(() -> daemon.vms.create(request().name("other").build(), "key"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Idempotency-Key");
      assertThat(daemon.ready()).hasSize(1);
    }
  }

  @Test
  void whatComesAgainWithItsKeyCountsOnceThoughNoneWaitsAnyMore() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      Vm first = daemon.vms.create(request().build(), "key");
      assertThat(daemon.ready()).isEmpty();
      assertThat(daemon.vms.create(request().build(), "key").id()).isEqualTo(first.id());
      Vm cloned = daemon.vms.create(request().build(), "other");
      assertThat(daemon.vms.create(request().build(), "other").id()).isEqualTo(cloned.id());
      assertThat(daemon.status())
          .extracting(PoolService.PoolStatus::taken, PoolService.PoolStatus::cloned)
          .containsExactly(1L, 1L);
    }
  }

  @Test
  void whatHasBootedIsNotPlannedAgain() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      int before = daemon.preflights.get();
      assertThat(create(daemon).start()).isEqualTo(StartKind.POOL);
      assertThat(daemon.preflights).hasValue(before);
    }
  }

  @Test
  void whatThePreflightObjectsToMeanwhileIsNotGivenAway() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      var hole =
          new Objection("vulnerable-vmm", "vmm", "qemu", "It has a hole.", "Repair it.", null);
      daemon.objections.add(hole);
      daemon.objectionsWhileTheyWait.add(hole);
      assertThatThrownBy(() -> create(daemon))
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.CannotBoot.class));
      assertThat(daemon.ready()).hasSize(1);
      assertThat(daemon.vms.create(request().force(true).build(), null).start())
          .as("what is overruled is told by the boot's report")
          .isEqualTo(StartKind.BOOT);
      daemon.check();
      assertThat(daemon.status().problem()).contains("It has a hole.");
      daemon.objections.clear();
      daemon.check();
      assertThat(daemon.status().problem()).isNull();
    }
  }

  private static final SecretName SECRET = SecretName.credential(ANNA.value(), "codex", "default");

  /** Why a VM has to be handed over to its user, and is not theirs by a change of its row alone. */
  private enum More {
    NOTHING,
    NAME,
    VARIABLE,
    POLICY_OF_REQUEST,
    POLICY_OF_USER,
    SECRET_OF_USER;

    CreateRequest request(PoolWorld daemon) {
      return switch (this) {
        case NOTHING -> PoolsTest.request().build();
        case NAME -> PoolsTest.request().name("box").build();
        case VARIABLE -> PoolsTest.request().env(Map.of("A", "1")).build();
        case POLICY_OF_REQUEST ->
            PoolsTest.request()
                .egress(new EgressRequest(null, null, null, List.of("example.com"), null))
                .build();
        case POLICY_OF_USER -> {
          daemon.daemon.store.facts().set(FactRows.egressOfUser(ANNA.value()), "{}");
          yield PoolsTest.request().build();
        }
        case SECRET_OF_USER -> {
          new SecretRows(daemon.daemon.store, "local")
              .put(
                  SECRET,
                  none -> SampleSecrets.of("secret-1", SECRET, 1, SecretState.UNCHECKED),
                  row -> NewEvent.of(EventKind.CREDENTIAL_STORED, row.toString()),
                  1);
          yield PoolsTest.request().build();
        }
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhoHasMoreThanTheVmWaitsUntilItIsHandedOver(More more) {
    var settled = new ArrayList<VmId>();
    world.credentials =
        store ->
            new GuestCredentials() {
              @Override
              public void beforeReady(VmWork work) {
                settled.add(work.id());
              }

              @Override
              public void beforeEnd(VmWork work) {}

              @Override
              public void beforeRestore(VmWork work) {}
            };
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      settled.clear();
      Vm vm = daemon.vms.create(more.request(daemon), null);
      assertThat(vm.state()).isEqualTo(VmState.READY);
      assertThat(vm.start()).isEqualTo(StartKind.POOL);
      if (more == More.NOTHING) {
        assertThat(settled).isEmpty();
      } else {
        assertThat(settled).containsExactly(vm.id());
      }
      VmRow row = daemon.daemon.rows.find(vm.id()).orElseThrow();
      assertThat(row.wakeAt()).isEqualTo(row.expires());
      var owners = new EventRows.EventQuery(null, ANNA.value(), List.of(), 0);
      assertThat(new EventRows(daemon.daemon.store, "local").after(owners, 10, 0))
          .extracting(EventRow::kind)
          .contains(EventKind.VM_CREATED.word(), EventKind.VM_READY.word());
    }
  }

  @Test
  void aVmIsNotTakenByADaemonAfterWhichAnotherOneBegan() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      VmRow waiting = daemon.daemon.rows.find(daemon.ready().getFirst()).orElseThrow();
      daemon.daemon.rows.begin("another");
      assertThatThrownBy(() -> create(daemon))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("another daemon has taken over");
      assertThat(daemon.daemon.rows.find(waiting.id())).contains(waiting);
    }
  }

  @Test
  void whatWasTakenIsHandedOverAtOnceWhateverElseTheConductorDoes() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      daemon.daemon.conductor.loop().close();
      assertThat(create(daemon).state()).isEqualTo(VmState.READY);
    }
  }

  @Test
  void whoMayNotHaveOneGetsNone() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      Quota none = new Quota(0, Map.of(), null, null, null, null);
      daemon.daemon.users.add(ANNA, "{}", Json.line(QuotaFields.of(none)), 1);
      assertThatThrownBy(() -> create(daemon)).isInstanceOf(Refused.class);
      assertThat(daemon.ready()).hasSize(1);
    }
  }

  @Test
  void anotherReleaseTypeOrAgeReplacesThem() {
    Set<VmId> before;
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      before = daemon.all();
      now.updateAndGet(one -> one.plus(Duration.ofMinutes(61)));
      Awaitility.await()
          .until(() -> {
            daemon.pools.round();
            return daemon.ready().size() == 2
                && daemon.ready().stream().noneMatch(before::contains);
          });
      assertThat(daemon.templates()).hasSize(1);
    }
    Map<String, VmType> larger =
        Map.of("cli", SampleTypes.pooled("cli", 512, new WarmPool(1, Duration.ofHours(1))));
    try (var daemon = daemon(larger)) {
      daemon.pools.round();
      assertThat(create(daemon).start())
          .as("none of another size is given away")
          .isEqualTo(StartKind.BOOT);
      Awaitility.await()
          .until(() -> {
            daemon.pools.round();
            return daemon.ready().size() == 1;
          });
      assertThat(daemon.daemon.row(daemon.ready().getFirst()).spec()).contains("512");
      Awaitility.await().untilAsserted(() -> assertThat(daemon.templates()).hasSize(1));
      assertNothingElse(daemon);
    }
    try (var daemon = daemon(Map.of("cli", SampleTypes.of("cli", null, List.of(), null)))) {
      Awaitility.await()
          .until(() -> {
            daemon.pools.round();
            return daemon.all().isEmpty() && daemon.templates().isEmpty();
          });
      assertNothingElse(daemon);
    }
  }

  @Test
  void aTemplateThatUsersDisksLieOverIsReplacedByAnotherOne() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      SnapshotRow old = daemon.templates().getFirst();
      assertThat(List.of(create(daemon).id(), create(daemon).id()))
          .as("the model and one that was made from it")
          .containsAnyElementsOf(world.identities());
      try (var _ = daemon.daemon.snapshotUses.holding(old, "a user's disk")) {
        now.updateAndGet(one -> one.plus(Duration.ofMinutes(61)));
        daemon.fill(2);
        assertThat(daemon.templates())
            .extracting(SnapshotRow::retention)
            .containsExactlyInAnyOrder(SnapshotRetention.KEPT, SnapshotRetention.USED);
        assertThat(daemon.ready()).containsAnyElementsOf(world.identities());
      }
      daemon.daemon.snapshots.collect();
      assertThat(daemon.templates()).hasSize(1).doesNotContain(old);
    }
  }

  @Test
  void oneThatEndedOrDoesNotAnswerIsReplaced() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      VmId ended = daemon.ready().getFirst();
      VmId mute = daemon.ready().getLast();
      daemon.mute.add(mute);
      world.killMachine(ended);
      daemon.daemon.monitor.check();
      now.updateAndGet(one -> one.plus(Duration.ofMinutes(2)));
      Awaitility.await()
          .until(() -> {
            daemon.pools.round();
            return daemon.ready().size() == 2 && !daemon.all().contains(ended);
          });
      assertThat(daemon.all()).doesNotContain(ended);
    }
  }

  @Test
  void eachIsAskedAsSoonAsItIsReady() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      assertThat(daemon.ready())
          .isNotEmpty()
          .allSatisfy(id -> assertThat(daemon.asked).filteredOn(id::equals).hasSizeGreaterThan(2));
      int before = daemon.asked.size();
      daemon.pools.round();
      assertThat(daemon.asked).as("but not without end").hasSize(before);
    }
  }

  @Test
  void oneThatDoesNotAnswerIsNoTemplate() {
    try (var daemon = daemon(pool(1))) {
      Awaitility.await()
          .until(() -> {
            daemon.pools.round();
            List<VmRow> all = daemon.daemon.poolRows.all();
            all.forEach(row -> daemon.mute.add(row.id()));
            return !daemon.asked.isEmpty();
          });
      assertThat(daemon.templates()).isEmpty();
      daemon.mute.clear();
      daemon.fill(1);
      assertThat(daemon.templates()).hasSize(1);
      assertThat(daemon.ready()).doesNotContain(daemon.asked.getFirst());
    }
  }

  @Test
  void oneWhoseMachineEndedJustNowIsNotGivenAway() {
    try (var daemon = daemon(pool(2))) {
      daemon.fill(2);
      VmId ended = daemon.ready().getFirst();
      world.killMachine(ended);
      assertThat(create(daemon).id()).isNotEqualTo(ended);
    }
  }

  @Test
  void whatCannotBeMadeIsKeptAndNotTriedAgainAndAgain() {
    try (var daemon = daemon(pool(2))) {
      world.spoil("qemu");
      daemon.pools.round();
      VmId failed = daemon.all().iterator().next();
      daemon.daemon.await(failed, VmState.FAILED);
      int launches = world.launches();
      for (int i = 0; i < 5; i++) {
        daemon.pools.round();
      }
      assertThat(world.launches()).isEqualTo(launches);
      assertThat(daemon.status().problem()).contains(failed.value(), "could not be made");
      assertThat(daemon.status().failed()).isEqualTo(1);
    }
  }

  @Test
  void theyMakeRoomForUsers() {
    try (var daemon = daemon(pool(2), point -> {}, 2 * MIB).start()) {
      daemon.fill(2);
      Vm vm = daemon.vms.create(request().size(null, 2 * MIB).build(), null);
      daemon.daemon.await(vm.id(), VmState.READY);
      assertThat(daemon.all()).isEmpty();
      daemon.pools.round();
      assertThat(daemon.all()).as("none takes what a user may need").isEmpty();
      assertThat(daemon.status().problem()).contains("make room");
      assertThatThrownBy(() -> daemon.vms.create(request().size(null, MIB).build(), null))
          .satisfies(
              e -> assertThat(((Refused) e).refusal()).isInstanceOf(Refusal.LimitReached.class));
    }
  }

  @Test
  void noneEndsWhereThatWouldNotHelp() {
    try (var daemon = daemon(pool(1), point -> {}, 2 * MIB).start()) {
      daemon.fill(1);
      assertThatThrownBy(() -> daemon.vms.create(request().size(null, 4 * MIB).build(), null))
          .isInstanceOf(Refused.class);
      assertThat(daemon.ready()).hasSize(1);
    }
  }

  @Test
  void thePoolTakesNoMoreThanThereIs() {
    try (var daemon = daemon(pool(3), point -> {}, 2 * MIB).start()) {
      daemon.fill(2);
      daemon.pools.round();
      assertThat(daemon.status().problem()).contains("512 MiB");
      assertThat(daemon.all()).hasSize(2);
    }
  }

  @Test
  void oneThatCannotBeHandedOverBootsInsteadAndSaysSo() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      world.refuseIdentities();
      Vm vm = daemon.vms.create(request().name("box").build(), null);
      daemon.daemon.await(vm.id(), VmState.READY);
      assertThat(world.memory(vm.id())).isEqualTo("booted");
      assertThat(daemon.daemon.events())
          .anyMatch(event -> String.valueOf(event.reason()).contains("boots instead"));
      assertThat(daemon.vms.vm(vm.id()).start()).isEqualTo(StartKind.BOOT);
    }
  }

  @Test
  void aTemplateIsNobodysSnapshot() {
    try (var daemon = daemon(pool(1))) {
      daemon.fill(1);
      SnapshotRow template = daemon.templates().getFirst();
      assertThat(daemon.daemon.snapshots.list()).isEmpty();
      assertThatThrownBy(() -> daemon.vms.create(request().from(template.id()).build(), null))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(template.id());
      for (UserId user : List.of(ANNA, WarmPool.OWNER)) {
        assertThatThrownBy(() -> daemon.daemon.snapshots.remove(user, template.id()))
            .isInstanceOf(Refused.class);
        assertThatThrownBy(() -> daemon.daemon.snapshots.restore(user, template.id()))
            .isInstanceOf(Refused.class);
      }
    }
  }

  @Test
  void noneIsMadeWhileAUsersBoots() {
    try (var daemon = daemon(pool(1))) {
      world.muteGuests();
      Vm booting = create(daemon);
      daemon.pools.round();
      assertThat(daemon.all()).isEmpty();
      daemon.vms.destroy(booting.id());
      daemon.daemon.await(booting.id(), VmState.DESTROYED);
      daemon.pools.round();
      assertThat(daemon.all()).hasSize(1);
    }
  }

  static Stream<String> points() {
    return Kill.points(
        List.of(
            "prepare-disk",
            "launch",
            "begin-snapshot",
            "end-snapshot",
            "seal",
            "pause",
            "resume",
            "restore",
            "make-own",
            "tell-name"));
  }

  /** The daemon is killed while it fills the pool, or hands a VM over. */
  @ParameterizedTest
  @MethodSource("points")
  void aDaemonKilledAtAnyPointLeavesAFullPoolAndNothingElse(String point) throws Exception {
    var kill = new Kill(point);
    PoolWorld first = daemon(pool(2), kill, 1_000_000).start();
    kill.of(first.daemon::kill);
    Thread.ofVirtual()
        .start(() -> {
          while (true) {
            first.pools.round();
            if (first.ready().size() == 2) {
              first.vms.create(request().name("box").build(), null);
              return;
            }
          }
        });
    kill.await();
    var next = new AtomicReference<PoolWorld>();
    try (var conducting =
        kill.next(interruption -> {
          next.set(daemon(pool(2), interruption, 1_000_000));
          return next.get().daemon;
        })) {
      PoolWorld daemon = next.get();
      daemon.fill(2);
      assertThat(daemon.templates()).hasSize(1).allMatch(SnapshotRow::isWhole);
      for (VmRow row : conducting.rows.list(false)) {
        conducting.await(row.id(), VmState.READY);
      }
      assertThat(create(daemon).start()).isEqualTo(StartKind.POOL);
      daemon.fill(2);
      assertNothingElse(daemon);
      assertThat(world.snapshots()).hasSize(1);
    }
  }
}

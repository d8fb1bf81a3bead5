package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DiskRoom;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.TestClock;
import dev.visco.model.DiskReserve;
import dev.visco.model.MountPath;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guests that stand still since the host's disk is full, or nearly is. */
@Timeout(60)
class DiskMonitorTest {
  private static final EventQuery OF_DISK =
      new EventQuery(
          null, null, List.of(EventKind.DISK_ROOM, EventKind.DISK_FULL, EventKind.DISK_ERROR), 0);

  private static final long TOTAL_MIB = 10_000;
  private static final long RESERVE = 500;

  /** A quarter of the reserve besides. */
  private static final long ENOUGH = 625;

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final TestClock clock = new TestClock();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private volatile String hanging = "";
  private volatile String failing = "";
  private long freeMib = ENOUGH;
  private long freeOfVolumesMib = ENOUGH;
  private boolean hasVolumesElsewhere;
  private ConductorWorld daemon;
  private EventRows events;
  private DiskMonitor watch;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}).start();
    begin();
  }

  /** A daemon that begins to watch. */
  private void begin() {
    events = new EventRows(daemon.store, "local");
    DiskRoom room = room(() -> freeMib << 20);
    FakeWorld.FakeParts parts = world.parts(this::interrupt);
    var pauses = new RoomPauses(parts, parts, daemon.leases, events, daemon.changes, clock);
    DiskRoom ofVolumes = hasVolumesElsewhere ? room(() -> freeOfVolumesMib << 20) : room;
    watch = new DiskMonitor(daemon.rows, events, parts, pauses, clock, room, ofVolumes, clock);
  }

  private static DiskRoom room(LongSupplier free) {
    return new DiskRoom(free, () -> TOTAL_MIB << 20, DiskReserve.of("disk.reserve", "500m"));
  }

  private void interrupt(String point) {
    if (point.equals(failing)) {
      failing = "";
      throw new IllegalStateException(point + " fails");
    }
    if (point.equals(hanging)) {
      hanging = "";
      try {
        hangs.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @AfterEach
  void close() {
    hangs.countDown();
    watch.close();
    daemon.close();
  }

  private VmId ready() {
    VmId id = daemon.insert();
    daemon.await(id, VmState.READY);
    Awaitility.await().until(daemon.leases::isIdle); // Whoever made it has let go of it.
    return id;
  }

  /** A round after those that ask each machine are due again. */
  private void round() throws InterruptedException {
    clock.advance(DiskMonitor.PERIOD);
    watch.check();
  }

  /** Rounds until there has been room for as long as is waited for. */
  private void settle() throws InterruptedException {
    watch.check();
    clock.advance(DiskMonitor.SETTLED);
    watch.check();
  }

  private VmState state(VmId id) {
    return daemon.row(id).state();
  }

  private List<String> texts() {
    return events.before(OF_DISK, 20, Long.MAX_VALUE).stream().map(EventRow::text).toList();
  }

  @Test
  void aGuestThatItsVmmStoppedIsNotCalledReadyAndGoesOnOnceThereIsRoom() throws Exception {
    VmId id = ready();
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.READY);

    freeMib = ENOUGH - 1;
    world.halt(id);
    round();
    VmRow halted = daemon.row(id);
    assertThat(halted.state()).isEqualTo(VmState.PAUSED);
    assertThat(halted.failure())
        .isEqualTo(
            "The host's disk is full, and its VMM has stopped the guest at a write. It is resumed"
                + " automatically when there is room: remove snapshots, volumes or VMs.");

    round();
    assertThat(daemon.row(id)).as("too little room").isEqualTo(halted);

    freeMib = ENOUGH;
    watch.check();
    assertThat(daemon.row(id)).as("room only just now").isEqualTo(halted);
    clock.advance(DiskMonitor.SETTLED);
    watch.check();
    VmRow goesOn = daemon.row(id);
    assertThat(goesOn.state()).isEqualTo(VmState.READY);
    assertThat(goesOn.failure()).isNull();
    assertThat(world.clocks()).as("its clock is late").contains(id);
    assertThat(daemon.leases.isIdle()).isTrue();
    assertThat(events.before(OF_DISK, 9, Long.MAX_VALUE))
        .filteredOn(event -> event.kind().equals(RoomPauses.FULL.word()))
        .extracting(EventRow::text)
        .containsExactly(
            id + " is resumed: the disk has room.", id + " is paused: " + halted.failure());
  }

  @Test
  void atTheReserveOnlyWhoTakesMoreIsPausedAndAtHalfOfItEverybody() throws Exception {
    VmId writer = ready();
    VmId idle = ready();
    world.write(writer, 4096);
    watch.check();
    freeMib = RESERVE + 1;
    world.write(writer, 4096);
    watch.check();
    assertThat(List.of(state(writer), state(idle))).containsOnly(VmState.READY);

    freeMib = RESERVE;
    world.write(writer, 4096);
    watch.check();
    assertThat(state(writer)).isEqualTo(VmState.PAUSED);
    assertThat(world.isPaused(writer)).isTrue();
    assertThat(daemon.row(writer).failure())
        .isEqualTo(
            "The host's disk has no room but what is kept for Visco's own records (disk.reserve). It is"
                + " resumed automatically when there is room: remove snapshots, volumes or VMs.");
    assertThat(state(idle)).isEqualTo(VmState.READY);

    freeMib = RESERVE / 2 + 1;
    watch.check();
    assertThat(state(idle)).isEqualTo(VmState.READY);
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(state(idle)).isEqualTo(VmState.PAUSED);
    assertThat(world.isPaused(idle)).isTrue();

    freeMib = ENOUGH - 1;
    round();
    assertThat(List.of(state(writer), state(idle))).containsOnly(VmState.PAUSED);
    freeMib = ENOUGH;
    settle();
    assertThat(List.of(state(writer), state(idle))).containsOnly(VmState.READY);
    assertThat(world.isPaused(writer) || world.isPaused(idle)).isFalse();
  }

  @Test
  void roomThatComesAndGoesLetsNothingGoOn() throws Exception {
    VmId id = ready();
    freeMib = RESERVE / 2;
    watch.check();
    for (int time = 0; time < 3; time++) {
      freeMib = ENOUGH;
      watch.check();
      clock.advance(DiskMonitor.SETTLED.minusMillis(1));
      watch.check();
      freeMib = ENOUGH - 1;
      watch.check();
    }
    assertThat(state(id)).isEqualTo(VmState.PAUSED);
    assertThat(events.before(OF_DISK, 20, Long.MAX_VALUE))
        .filteredOn(event -> event.kind().equals(RoomPauses.FULL.word()))
        .hasSize(1);
  }

  @Test
  void theDisksRoomItselfIsToldWithNumbersEachTimeItGetsWorseAndOnceItIsGood() throws Exception {
    for (long free : new long[] {1000, 624, 500, 600, 500, 250, 249}) {
      freeMib = free;
      watch.check();
    }
    freeMib = ENOUGH;
    settle();
    watch.check();
    assertThat(texts())
        .containsExactly(
            "The data folder has room again: 625 MiB are free.",
            "The data folder has 250 MiB free, not half of its reserve of 500 MiB: all VMs are paused"
                + " until there are 625 MiB free.",
            "The data folder has 500 MiB free, its reserve of 500 MiB: VMs that write more are paused"
                + " until there are 625 MiB free.",
            "The data folder has only 624 MiB free: nothing new is made below 625 MiB, and at its"
                + " reserve of 500 MiB VMs that write more are paused.");
  }

  private VmId withVolume(String name) {
    daemon.volumes.create(ConductorWorld.TESTER, new VolumeName(name), 64 << 20);
    VolumeId volume = daemon.volumes.find(ConductorWorld.TESTER, new VolumeName(name)).id();
    VmId id =
        daemon.insert(
            List.of(
                new VolumeMount(
                    volume, new VolumeName(name), new MountPath("/srv/data"), false, false)));
    daemon.await(id, VmState.READY);
    Awaitility.await().until(daemon.leases::isIdle);
    return id;
  }

  /** Where volumes lie on a file system of their own, each is full by itself. */
  @Test
  void aFullDiskOfVolumesPausesWhoWritesToOneAndNobodyElse() throws Exception {
    hasVolumesElsewhere = true;
    watch.close();
    begin();
    VmId writer = withVolume("one");
    VmId idle = withVolume("two");
    VmId other = ready();
    watch.check();
    freeOfVolumesMib = RESERVE;
    world.writeToVolumes(writer, 4096);
    world.write(idle, 4096);
    world.write(other, 4096);
    watch.check();
    assertThat(List.of(state(writer), state(idle), state(other)))
        .as("there is room for root disks")
        .containsExactly(VmState.PAUSED, VmState.READY, VmState.READY);
    freeOfVolumesMib = RESERVE / 2;
    watch.check();
    assertThat(List.of(state(writer), state(idle), state(other)))
        .containsExactly(VmState.PAUSED, VmState.PAUSED, VmState.READY);
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(state(other)).isEqualTo(VmState.PAUSED);

    freeMib = ENOUGH;
    settle();
    assertThat(List.of(state(writer), state(idle), state(other)))
        .as("no room for volumes yet")
        .containsExactly(VmState.PAUSED, VmState.PAUSED, VmState.READY);
    freeOfVolumesMib = ENOUGH;
    settle();
    assertThat(List.of(state(writer), state(idle), state(other))).containsOnly(VmState.READY);
    assertThat(texts())
        .contains(
            "The folder of volumes has 500 MiB free, its reserve of 500 MiB: VMs that write more are"
                + " paused until there are 625 MiB free.",
            "The folder of volumes has room again: 625 MiB are free.",
            "The data folder has room again: 625 MiB are free.");
  }

  /** Guests that write to volumes alone are looked at as often as their disk needs it. */
  @Test
  void itLooksSoonerWhenADiskOfVolumesCouldBeFilled() throws Exception {
    hasVolumesElsewhere = true;
    freeMib = 9_000;
    watch.close();
    begin();
    VmId plain = ready();
    watch.check();
    Duration before = watch.pause();
    daemon.snapshots.pause(plain);
    freeOfVolumesMib = RESERVE;
    withVolume("one");
    watch.check();
    assertThat(watch.pause()).isLessThan(before);
  }

  @Test
  void aPauseWhoseRecordWasLostIsRecordedByTheNextDaemon() throws Exception {
    VmId id = ready();
    freeMib = RESERVE / 2;
    failing = "after pause";
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.READY);
    assertThat(world.isPaused(id)).isTrue();
    watch.close();
    begin();
    freeMib = ENOUGH - 1;
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.PAUSED);
    freeMib = ENOUGH;
    settle();
    assertThat(state(id)).isEqualTo(VmState.READY);
    assertThat(world.isPaused(id)).isFalse();
  }

  @Test
  void aDaemonThatBeginsWithPausedVmsLetsThemGoOnOnlyWhenThereIsRoom() throws Exception {
    VmId id = ready();
    freeMib = RESERVE / 2;
    watch.check();
    watch.close();
    begin();
    freeMib = RESERVE;
    watch.check();
    round();
    assertThat(state(id)).isEqualTo(VmState.PAUSED);
    watch.close();
    begin();
    freeMib = TOTAL_MIB;
    watch.check();
    assertThat(state(id)).as("there is room since it began").isEqualTo(VmState.READY);
    assertThat(world.isPaused(id)).isFalse();
  }

  @Test
  void aVmThatGoesOnThoughItsRowSaysPausedIsPausedAgain() throws Exception {
    VmId id = ready();
    freeMib = RESERVE / 2;
    failing = "before pause";
    watch.check();
    assertThat(world.isPaused(id)).isFalse();
    watch.check();
    assertThat(world.isPaused(id)).isTrue();
    world.parts(point -> {}).resume(dev.visco.lifecycle.VmWork.of(daemon.row(id)));
    round();
    assertThat(world.isPaused(id)).isTrue();
  }

  @Test
  void oneThatBootsIsHeldWithoutItsRowAndGoesOn() throws Exception {
    world.muteGuests();
    VmId id = daemon.insert();
    daemon.await(id, StepName.VERIFY_BOOT);
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.CREATING);
    assertThat(world.isPaused(id)).isTrue();
    watch.close();
    begin(); // Nothing but the machine says that it is held.
    freeMib = RESERVE;
    watch.check();
    assertThat(world.isPaused(id)).isTrue();
    freeMib = ENOUGH;
    settle();
    assertThat(world.isPaused(id)).isFalse();
    world.unmuteGuests();
    daemon.await(id, VmState.READY);
    assertThat(texts()).anyMatch(text -> text.startsWith(id + " is paused while it boots."));
  }

  @Test
  void oneThatIsStartedAgainIsHeldToo() throws Exception {
    VmId id = ready();
    daemon.power.stop(id, Duration.ofSeconds(1));
    daemon.await(id, VmState.STOPPED);
    world.muteGuests();
    daemon.power.start(id);
    Awaitility.await().until(() -> daemon.row(id).machine() != null);
    daemon.await(id, StepName.VERIFY_BOOT);
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.STARTING);
    assertThat(world.isPaused(id)).isTrue();
    freeMib = ENOUGH;
    settle();
    assertThat(world.isPaused(id)).isFalse();
    world.unmuteGuests();
    daemon.await(id, VmState.READY);
  }

  @Test
  void aDiskThatFailsStopsItsGuestUntilSomebodyResumesIt() throws Exception {
    VmId id = ready();
    world.failDisk(id);
    freeMib = TOTAL_MIB;
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.PAUSED);
    assertThat(daemon.row(id).failure()).contains("The host's disk failed");
    round();
    settle();
    assertThat(state(id)).isEqualTo(VmState.PAUSED);
    assertThat(events.before(OF_DISK, 9, Long.MAX_VALUE))
        .extracting(EventRow::kind)
        .containsExactly(RoomPauses.BROKEN.word());
    daemon.snapshots.resume(id);
    round();
    assertThat(state(id)).isEqualTo(VmState.READY);
  }

  @Test
  void whoeverPausesItMeanwhileIsObeyed() throws Exception {
    VmId id = ready();
    VmId paused = ready();
    daemon.snapshots.pause(paused);
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(daemon.row(paused).failure()).as("it stands still already").isNull();
    daemon.snapshots.pause(id);
    assertThat(daemon.row(id).failure()).isNull();
    freeMib = TOTAL_MIB;
    settle();
    round();
    assertThat(List.of(state(id), state(paused))).containsOnly(VmState.PAUSED);
    assertThat(world.isPaused(id) && world.isPaused(paused)).isTrue();
    daemon.snapshots.resume(id);
    round();
    assertThat(state(id)).isEqualTo(VmState.READY);
  }

  @Test
  void whoWorksOnItIsNotDisturbed() throws Exception {
    VmId id = ready();
    freeMib = RESERVE / 2;
    try (var lease = daemon.leases.take(id).orElseThrow()) {
      watch.check();
      assertThat(lease.row()).map(VmRow::state).contains(VmState.READY);
      assertThat(world.isPaused(id)).isFalse();
    }
    watch.check();
    freeMib = ENOUGH;
    try (var lease = daemon.leases.take(id).orElseThrow()) {
      settle();
      assertThat(lease.row()).map(VmRow::state).contains(VmState.PAUSED);
    }
    watch.check();
    assertThat(state(id)).isEqualTo(VmState.READY);
  }

  @Test
  void aVmmThatHangsKeepsNoOtherFromBeingPaused() throws Exception {
    VmId one = ready();
    VmId other = ready();
    hanging = "before pause";
    freeMib = RESERVE / 2;
    watch.check();
    assertThat(List.of(state(one), state(other)))
        .containsExactlyInAnyOrder(VmState.READY, VmState.PAUSED);
    watch.check();
    hangs.countDown();
    daemon.await(one, VmState.PAUSED);
    daemon.await(other, VmState.PAUSED);
  }

  @Test
  void itLooksSoonerWhenGuestsCouldFillTheDisk() throws Exception {
    freeMib = RESERVE;
    watch.check();
    assertThat(watch.pause()).as("no guest runs").isEqualTo(DiskPace.MAX);
    VmId id = ready();
    watch.check();
    assertThat(watch.pause()).isLessThan(Duration.ofSeconds(1));
    daemon.snapshots.pause(id);
    watch.check();
    assertThat(watch.pause()).isEqualTo(DiskPace.MAX);
  }
}
